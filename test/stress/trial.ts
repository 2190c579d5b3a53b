// What a stress trial is: something made to fail while notes sound, the figures that it gave, and whether they keep the promise.

/** How a trial is run. */
export interface TrialSetting {
  /** Shorter runs, for every change; the full ones take as long as the promise says. */
  readonly quick: boolean;
  /** Seeds whatever is random. */
  readonly seed: number;
  /** Address of the production build, ending in '/'; built and served at the first call. */
  readonly address: () => Promise<string>;
  /** Says how far the trial is, on the terminal. */
  readonly progress: (fraction: number, doing: string) => void;
}

/** One figure of a trial, beside what is promised of it. */
export interface Finding {
  readonly what: string;
  /** The figure as it is printed: '0.41 s'. */
  readonly value: string;
  /** What it must keep to, as it is printed: '<= 1 s'. Absent for a figure that nothing is promised of. */
  readonly promise?: string;
  readonly holds: boolean;
}

/** What `npm run stress -- NAME` runs. */
export type Trial = (setting: TrialSetting) => Promise<readonly Finding[]>;

/** A figure that nothing is promised of. */
export function figure(what: string, value: string): Finding {
  return { what, value, holds: true };
}

/** A number that must not be above `most`. */
export function atMost(what: string, value: number, most: number, unit = '', digits = 0): Finding {
  const said = (number: number) => `${number.toFixed(digits)}${unit ? ` ${unit}` : ''}`;
  return { what, value: said(value), promise: `<= ${said(most)}`, holds: value <= most };
}

/** A number that must not be below `least`. */
export function atLeast(what: string, value: number, least: number, unit = '', digits = 0): Finding {
  const said = (number: number) => `${number.toFixed(digits)}${unit ? ` ${unit}` : ''}`;
  return { what, value: said(value), promise: `>= ${said(least)}`, holds: value >= least };
}

/** Something that is so or not. */
export function isSo(what: string, holds: boolean, otherwise = 'no'): Finding {
  return { what, value: holds ? 'yes' : otherwise, promise: 'yes', holds };
}
