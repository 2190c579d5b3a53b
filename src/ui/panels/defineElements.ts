// The page's elements for other people's pages: each is loaded and registered when it is asked for.
import { quoted } from '../../contract/errors.ts';
import { tokens } from '../controls/theme.ts';

/** Modules that register an element as they are loaded. */
const modules = {
  'nv-knob': () => import('../controls/knob.ts'),
  'nv-choice': () => import('../controls/choice.ts'),
  'nv-control': () => import('../controls/control.ts'),
  'nv-digits': () => import('../keys/digits.ts'),
  'nv-keys': () => import('../keys/digitKeys.ts'),
  'nv-keyboard': () => import('../keys/pianoKeyboard.ts'),
  'nv-speakers': () => import('../keys/speakers.ts'),
  'nv-pad': () => import('./xyPad.ts'),
  'nv-meter': () => import('./meter.ts'),
  'nv-panels': () => import('./parameterPanels.ts'),
} as const satisfies Readonly<Record<string, () => Promise<unknown>>>;

/**
 * Name of an element that `defineElements` registers:
 *
 * - `nv-knob` and `nv-choice`: one `parameter` of the table with its `value`; fire `value-change` with the number.
 * - `nv-control`: either of them for a `parameterId`; `nv-panels`: every parameter in tabs, of `values`, with the `directions` of the
 *   bundle's manifest. Both fire `parameter-change` with `{ id, value }`.
 * - `nv-keys`, the digits, and `nv-keyboard`, a piano of two octaves from `low`: fire `key-press` with
 *   `{ semitone, source, down, milliseconds }`; `strike(note, velocity)` and `lift(note)` light keys.
 * - `nv-digits`, `nv-speakers` (of `names`): fire `digit-change` and `speaker-change` with the index.
 * - `nv-pad`: a place `x`, `y` in 0..1; fires `pad-change` with `{ x, y }`. `nv-meter`: reads an `analyser`.
 * @example
 * const name: ElementName = 'nv-keyboard';
 */
export type ElementName = keyof typeof modules;

/** Names of all elements that can be asked for. */
const elementNames = Object.keys(modules) as readonly ElementName[];

/**
 * Loads and registers elements; what is registered already stays. Resolves once all of them can be made.
 * @param names which ones; all of them without a name
 * @throws RangeError (rejection) for a name that is no element's
 * @example
 * await defineElements('nv-keyboard');
 * const keyboard = document.createElement('nv-keyboard');
 * keyboard.addEventListener('key-press', ({ detail: { semitone, down } }) => {
 *   if (down) instrument.noteOn(48 + semitone, 100);
 *   else instrument.noteOff(48 + semitone);
 * });
 */
export async function defineElements(...names: readonly ElementName[]): Promise<void> {
  for (const name of names) {
    if (Object.hasOwn(modules, name)) continue;
    throw new RangeError(
      `${String(name)} is no element of numvox; the names are ${elementNames.join(', ')}; correct it`,
    );
  }
  await Promise.all((names.length > 0 ? names : elementNames).map((name) => modules[name]()));
}

/**
 * Gives an element, and all within it, the colours and measures that numvox's elements take from CSS properties (`--accent`,
 * `--panel`, ...). A style sheet that sets them does as well.
 * @param element default: the page's root
 * @throws TypeError for what is no element
 * @example
 * applyTheme(document.querySelector('main')!);
 */
export function applyTheme(element: HTMLElement = document.documentElement): void {
  if ((element as HTMLElement | null)?.style === undefined) {
    throw new TypeError(
      `element must be an HTML element that is in the page, got ${quoted(element)}; leave it out for the whole page`,
    );
  }
  for (const [, name, value] of tokens.cssText.matchAll(/(--[a-z]+):\s*([^;]+);/g)) {
    element.style.setProperty(name, value);
  }
}
