// What an instrument tells of itself when something is wrong, for a report: plain data, and the text that a player copies.
import type { Playing } from '../contract/playing.ts';
import { version } from '../contract/version.ts';
import type { BundleIdentity } from '../model/bundle.ts';
import type { Fault } from './faultLog.ts';
import { findFeatures, type Feature } from './features.ts';
import type { InstrumentStatus } from './instrumentStatus.ts';

/**
 * An instrument's condition: nothing in it names a preset, a file, a word that was typed or a device.
 * @example
 * const report: Diagnostics = instrument.diagnostics();
 * send(JSON.stringify(report));
 */
export interface Diagnostics {
  /** Of numvox. */
  readonly version: string;
  /** When it was asked for, ISO 8601. */
  readonly at: string;
  /** What the browser says that it is; empty outside of one. */
  readonly userAgent: string;
  /** The processor's threads, as the browser tells; 0 where it does not. */
  readonly threads: number;
  readonly bundle: BundleIdentity;
  /** The bundle's manifest tells the hashes of its files, which fit. */
  readonly isVerified: boolean;
  readonly playing: Playing;
  readonly status: InstrumentStatus;
  readonly features: readonly Feature[];
  /** How many faults there were; of many the first and the last are kept. */
  readonly faultCount: number;
  readonly faults: readonly Fault[];
}

/** What is known of an instrument. */
export type Condition = Pick<
  Diagnostics,
  'bundle' | 'isVerified' | 'playing' | 'status' | 'faultCount' | 'faults'
>;

/** Adds what the browser tells. */
export function diagnosticsOf(condition: Condition): Diagnostics {
  const { userAgent = '', hardwareConcurrency = 0 } = (globalThis.navigator ?? {}) as Partial<Navigator>;
  return {
    version,
    at: new Date().toISOString(),
    userAgent,
    threads: hardwareConcurrency,
    ...condition,
    features: findFeatures(),
  };
}

/** Longest text of one value, and of all: it is to fit into a report, whatever an error says. */
const longestValue = 400;
const longestText = 16_000;

/**
 * As lines `name: value`, 16,000 characters at the most.
 * @param more what a host adds
 * @example
 * await navigator.clipboard.writeText(diagnosticsText(instrument.diagnostics(), { host: 'my site' }));
 */
export function diagnosticsText(
  {
    version,
    at,
    userAgent,
    threads,
    bundle,
    isVerified,
    playing,
    status,
    features,
    faultCount,
    faults,
  }: Diagnostics,
  more: Readonly<Record<string, string>> = {},
): string {
  const names = (has: boolean) =>
    features
      .filter((feature) => feature.has === has)
      .map(({ name }) => name)
      .join(', ') || 'none';
  const lines: [string, string][] = [
    ['numvox', version],
    ['at', at],
    ['browser', userAgent || 'none'],
    ['processor threads', String(threads)],
    ['bundle', `${bundle.name} ${bundle.weightsHash ?? 'without a hash'}`],
    ['bundle files', isVerified ? 'as the manifest says' : 'unverified, as the manifest has no hashes'],
    ['playing', playing],
    ...Object.entries(status).map(([name, value]): [string, string] => [spaced(name), shown(value)]),
    ['features', names(true)],
    ['missing', names(false)],
    ...Object.entries(more),
    ['faults', String(faultCount)],
    ...faults.map(({ at: when, place, what, now, times }): [string, string] => [
      `  ${new Date(when).toISOString()} ${place}${times ? ` (${times} times)` : ''}`,
      `${what} ${now}`,
    ]),
  ];
  const text = lines.map(([name, value]) => `${name}: ${cut(plain(value), longestValue)}`).join('\n');
  return cut(text, longestText);
}

/** `baseLatencySeconds` as `base latency seconds`. */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function shown(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'number' ? Number(part.toPrecision(6)) : part,
  );
  return text ?? 'none';
}

/** Addresses carry sounds and places behind their # and ?. */
function plain(text: string): string {
  return text.replace(/((?:https?|blob|file):[^\s?#]*)[?#]\S*/g, '$1').replace(/\s*\n\s*/g, ' ');
}

/** No longer than that. */
function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
