// The part of the parameters that the kernel's voices need: what all notes share, in the kernel's own units.
import {
  divisionQuarters,
  holdModes,
  keyUpModes,
  lfoShapes,
  modulationTargets,
  type ParameterValues,
} from './parameters.ts';
import { directionOf, soundTargets, type SoundTarget } from './modulation.ts';
import type { Hertz, Samples, Seconds } from './units.ts';

/** What a word does while its key is down. */
export type HoldMode = (typeof holdModes)[number];
/** Course of the slow oscillator; each lies between -1 and 1. */
export type LfoShape = (typeof lfoShapes)[number];

/**
 * Parameters of all notes. What velocity, chance and the slow oscillator move at an amount of 1 is said by
 * `reachOf`. All three reach from -1 to 1; velocity does so from 0 to its full value. A source that is aimed at a
 * style has the target 'nothing' here: the performer moves it.
 */
export interface VoiceParameters {
  readonly hold: HoldMode;
  /** Words stand still where they are. */
  readonly freeze: boolean;
  /** Factor on the speed of every note, -8..8. */
  readonly speed: number;
  /** Where in the word notes start: 0 at its onset, 1 at its end. */
  readonly startOffset: number;
  /** Length of the stretch that `stutter` repeats. */
  readonly stutterSeconds: Seconds;
  readonly attackSeconds: Seconds;
  readonly decaySeconds: Seconds;
  /** Level while the key is down, linear, 0..1. */
  readonly sustain: number;
  /** From the key's release to silence; see `endsWords`. */
  readonly releaseSeconds: Seconds;
  /** When the key is up words are spoken to their end, and only what has none is released: loops, what stands still. */
  readonly endsWords: boolean;
  /** How much of a note's velocity v moves its level: 1 for a gain of v^2, 0 for none of it. */
  readonly velocityAmount: number;
  /** How much of the word's own contour rides on a note that has a pitch, 0..1; 0 at the word's steady vowel. */
  readonly intonation: number;
  readonly vibratoHz: Hertz;
  readonly vibratoCents: number;
  /** From the note's start until the vibrato has come in. */
  readonly vibratoDelaySeconds: Seconds;
  /** Factor on the frequencies of the formants, 0.25..4. */
  readonly formantRatio: number;
  /** Share of the voiced power that becomes noise, 0..1. */
  readonly breath: number;
  /** Tilt of the spectrum about 1 kHz, -12..12. */
  readonly brightnessDbPerOctave: number;
  /** Level of what continues the spectrum above the model's highest frequency, 0..1. */
  readonly air: number;
  /** Added to the pan of every note, -1..1. */
  readonly pan: number;
  /** How far notes stand apart, 0..1. */
  readonly spread: number;
  readonly lfoHz: Hertz;
  readonly lfoShape: LfoShape;
  readonly lfoTarget: SoundTarget;
  /** -1..1, as the next ones. */
  readonly lfoAmount: number;
  readonly velocityTarget: SoundTarget;
  readonly velocityTargetAmount: number;
  readonly randomTarget: SoundTarget;
  readonly randomAmount: number;
  /**
   * Context frame at which the slow oscillator and the repeats of `stutter` stand at the next two. Where they are null
   * the oscillator goes on from where it is, and every note repeats from its own start.
   */
  readonly phaseFrame: Samples;
  readonly lfoTurns: number | null;
  readonly stutterTurns: number | null;
}

/** Where a beat stands at a context frame, in quarter notes. */
export interface BeatPlace {
  readonly frame: Samples;
  readonly quarters: number;
}

/** What a kernel plays by until it is sent parameters: words as they were said, notes without an envelope. */
export const plainVoiceParameters: VoiceParameters = {
  hold: 'one-shot',
  freeze: false,
  speed: 1,
  startOffset: 0,
  stutterSeconds: 0.125,
  attackSeconds: 0,
  decaySeconds: 0,
  sustain: 1,
  releaseSeconds: 0,
  endsWords: true,
  velocityAmount: 1,
  intonation: 0,
  vibratoHz: 5.5,
  vibratoCents: 0,
  vibratoDelaySeconds: 0,
  formantRatio: 1,
  breath: 0,
  brightnessDbPerOctave: 0,
  air: 0,
  pan: 0,
  spread: 0,
  lfoHz: 1,
  lfoShape: 'sine',
  lfoTarget: 'nothing',
  lfoAmount: 0,
  velocityTarget: 'nothing',
  velocityTargetAmount: 0,
  randomTarget: 'nothing',
  randomAmount: 0,
  phaseFrame: 0,
  lfoTurns: null,
  stutterTurns: null,
};

/**
 * The voice parameters of the table's values. The velocity curve is not among them: notes bring velocities that are bent already.
 * @param quarterSeconds length of a quarter note, which what follows the tempo goes by
 * @param beat where it lines up with that
 */
export function voiceParametersOf(
  values: ParameterValues,
  quarterSeconds: Seconds,
  beat?: BeatPlace,
): VoiceParameters {
  const divisionSeconds = (index: number): Seconds => quarterSeconds * divisionQuarters[index];
  return {
    hold: holdModes[values.hold],
    freeze: values.freeze >= 0.5,
    speed: values.speed,
    startOffset: values.startOffset,
    stutterSeconds: divisionSeconds(values.stutterRate),
    attackSeconds: values.attack,
    decaySeconds: values.decay,
    sustain: values.sustain,
    releaseSeconds: values.release,
    endsWords: keyUpModes[values.keyUp] === 'word ends',
    velocityAmount: values.velocityAmount,
    intonation: values.intonation,
    vibratoHz: values.vibratoRate,
    vibratoCents: values.vibratoDepth,
    vibratoDelaySeconds: values.vibratoDelay,
    formantRatio: 2 ** (values.formant / 12),
    breath: values.breath,
    brightnessDbPerOctave: values.brightness,
    air: values.air,
    pan: values.pan,
    spread: values.spread,
    // The first choice of the oscillator's tempo is none.
    lfoHz: values.lfoSync >= 1 ? 1 / divisionSeconds(values.lfoSync - 1) : values.lfoRate,
    lfoShape: lfoShapes[values.lfoShape],
    lfoTarget: soundTarget(values.lfoTo),
    lfoAmount: values.lfoAmount,
    velocityTarget: soundTarget(values.velocityTo),
    velocityTargetAmount: values.velocityToAmount,
    randomTarget: soundTarget(values.randomTo),
    randomAmount: values.randomAmount,
    ...phaseOf(values, beat),
  };
}

function soundTarget(index: number): SoundTarget {
  const target = modulationTargets[index];
  return directionOf(target) < 0 ? (target as SoundTarget) : 'nothing';
}

/** What nothing sounds by stays null, so that a beat that moves on is no news. */
function phaseOf(values: ParameterValues, beat: BeatPlace | undefined) {
  const turnsOf = (follows: boolean, division: number) =>
    beat && follows ? beat.quarters / divisionQuarters[division] : null;
  const lfoTurns = turnsOf(values.lfoSync >= 1 && values.lfoTo > 0, values.lfoSync - 1);
  const stutterTurns = turnsOf(holdModes[values.hold] === 'stutter', values.stutterRate);
  const isKept = lfoTurns !== null || stutterTurns !== null;
  return { phaseFrame: beat && isKept ? beat.frame : 0, lfoTurns, stutterTurns };
}

const ranges: readonly (readonly [keyof VoiceParameters, number, number])[] = [
  ['speed', -8, 8],
  ['startOffset', 0, 1],
  ['stutterSeconds', 0.005, 60],
  ['attackSeconds', 0, 60],
  ['decaySeconds', 0, 60],
  ['sustain', 0, 1],
  ['releaseSeconds', 0, 60],
  ['velocityAmount', 0, 1],
  ['intonation', 0, 2],
  ['vibratoHz', 0, 50],
  ['vibratoCents', 0, 2400],
  ['vibratoDelaySeconds', 0, 60],
  ['formantRatio', 0.25, 4],
  ['breath', 0, 1],
  ['brightnessDbPerOctave', -24, 24],
  ['air', 0, 1],
  ['pan', -1, 1],
  ['spread', 0, 1],
  ['lfoHz', 0, 100],
  ['lfoAmount', -1, 1],
  ['velocityTargetAmount', -1, 1],
  ['randomAmount', -1, 1],
];

/** What is wrong with voice parameters, naming the value and its range; undefined when nothing is. */
export function faultOfVoiceParameters(parameters: VoiceParameters): string | undefined {
  for (const [name, min, max] of ranges) {
    const value = parameters[name];
    if (!(typeof value === 'number' && value >= min && value <= max)) {
      return `parameters.${name} must be from ${min} to ${max}, got ${String(value)}`;
    }
  }
  if (!holdModes.includes(parameters.hold)) {
    return `parameters.hold must be one of ${holdModes.join(', ')}, got ${String(parameters.hold)}`;
  }
  if (!lfoShapes.includes(parameters.lfoShape)) {
    return `parameters.lfoShape must be one of ${lfoShapes.join(', ')}, got ${String(parameters.lfoShape)}`;
  }
  for (const name of ['phaseFrame', 'lfoTurns', 'stutterTurns'] as const) {
    const value = parameters[name];
    if (!(Number.isFinite(value) || (value === null && name !== 'phaseFrame'))) {
      return `parameters.${name} must be a finite number, got ${String(value)}`;
    }
  }
  for (const name of ['lfoTarget', 'velocityTarget', 'randomTarget'] as const) {
    if (!soundTargets.includes(parameters[name])) {
      return `parameters.${name} must be one of ${soundTargets.join(', ')}, got ${String(parameters[name])}`;
    }
  }
  return undefined;
}
