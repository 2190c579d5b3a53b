// The effects after the voices in series, each connected only while it sounds: one entry of a table for each.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import type { InputNode, OutputNode } from 'tone/build/esm/core/context/ToneAudioNode.js';
import { requireNumber } from '../../contract/errors.ts';
import { defaultValues, parameterById } from '../../contract/parameters.ts';
import type { Seconds } from '../../contract/units.ts';
import { Chorus } from './chorus.ts';
import { Drive } from './drive.ts';
import { Echoes, echoSeconds } from './echoes.ts';
import { effectParameterIds, isEffectParameter, type EffectParameterId } from './effectParameters.ts';
import { Equaliser, type BandGains } from './equaliser.ts';
import { audioTimers, type Later } from './later.ts';
import { Rack } from './rack.ts';
import { Reverb } from './reverb.ts';
import { pageSlices, type Slices } from './slices.ts';
import { Stage, type Unit } from './effectStage.ts';

export { isEffectParameter, type EffectParameterId };

type Values = Readonly<Record<EffectParameterId, number>>;

/** What effects are made in. */
interface Surroundings extends Required<EffectsOptions> {
  readonly context: BaseContext;
}

/** What is to be said of an effect; its parameters are rows of the table of parameters. */
interface Definition<U extends Unit> {
  /** How much goes past it and how much into it, linear gains. */
  readonly shares: (values: Values) => readonly [dry: number, send: number];
  readonly build: (surroundings: Surroundings, values: Values) => U;
  /** Follows its parameters while something goes into it. */
  readonly set: (unit: U, values: Values) => void;
}

/** An effect in the chain, whatever kind of unit it has. */
interface Place {
  readonly stage: Stage<Unit>;
  apply(): void;
}

const effect =
  <U extends Unit>({ shares, build, set }: Definition<U>) =>
  (surroundings: Surroundings, values: Values, onSilent: () => void): Place => {
    const { context, later } = surroundings;
    const stage = new Stage(context, later, () => build(surroundings, values), onSilent);
    const apply = (): void => {
      const [dry, send] = shares(values);
      const unit = stage.mix(dry, send);
      if (unit) set(unit, values);
    };
    return { stage, apply };
  };

const bandGains = ({ eqLow, eqMid, eqHigh }: Values): BandGains => [eqLow, eqMid, eqHigh];
const secondsOf = ({ delayTime, tempo }: Values): Seconds => echoSeconds(Math.round(delayTime), tempo);

/** Every effect, in the order in which the sound passes them. */
const effectTable = {
  drive: effect({
    shares: ({ drive }) => instead(drive > 0),
    build: ({ context }, { drive }) => new Drive(context, drive),
    set: (unit, { drive }) => unit.set(drive),
  }),
  chorus: effect({
    shares: ({ chorus }) => equalPower(chorus),
    build: ({ context }, { chorusRate }) => new Chorus(context, chorusRate),
    set: (unit, { chorusRate }) => unit.set(chorusRate),
  }),
  delay: effect({
    shares: ({ delay }) => beside(delay),
    build: ({ context, later, loopLag }, values) =>
      new Echoes(context, later, secondsOf(values), values.delayFeedback, loopLag),
    set: (unit, values) => unit.set(secondsOf(values), values.delayFeedback),
  }),
  reverb: effect({
    shares: ({ reverb }) => beside(reverb),
    build: ({ context, later, slices }, { reverbSeconds }) =>
      new Reverb(context, later, slices, reverbSeconds),
    set: (unit, { reverbSeconds }) => unit.set(reverbSeconds),
  }),
  eq: effect({
    shares: (values) => instead(bandGains(values).some((gain) => gain !== 0)),
    build: ({ context }, values) => new Equaliser(context, bandGains(values)),
    set: (unit, values) => unit.set(bandGains(values)),
  }),
};
export type EffectName = keyof typeof effectTable;

/** The effects of one output chain. */
export interface Effects {
  /**
   * Sets a parameter of the table. All that is set in one go takes effect together, in 20 ms and without a
   * click; what already rings goes on ringing.
   * @throws RangeError for a parameter that is no effect's, or a value outside its range
   */
  set(id: EffectParameterId, value: number): void;
  /** Effects that are part of the graph, also those that are only ringing out; empty where none costs anything. */
  readonly active: readonly EffectName[];
  /** How long those sound on, at the most, after what goes into the first of them has gone silent. */
  readonly tailSeconds: Seconds;
  /** Ends what rings, in 25 ms and without a click; settings stay. */
  silence(): void;
  /** Takes all nodes apart; input and output are the caller's. */
  dispose(): void;
}

/** What the effects need to know of their surroundings. */
export interface EffectsOptions {
  /** Timers; by default on the context's clock. */
  readonly later?: Later;
  /** How long work is done beside the page's own; by default a piece a task. */
  readonly slices?: Slices;
  /** From `measureLoopLag`; echoes keep time to within a render quantum without it. */
  readonly loopLag?: Seconds;
}

/**
 * Puts the effects between `input` and `output`, all of them at the table's defaults, which is off.
 * @param context Tone's wrapping of the nodes' context
 */
export function createEffects(
  context: BaseContext,
  input: OutputNode,
  output: InputNode,
  { later = audioTimers(context), slices = pageSlices, loopLag = 0 }: EffectsOptions = {},
): Effects {
  const values: Record<EffectParameterId, number> = defaultValues();
  const surroundings = { context, later, slices, loopLag };
  const places = (Object.keys(effectTable) as EffectName[]).map((name) => ({
    name,
    ...effectTable[name](surroundings, values, () => rack.lead(active().length > 0)),
  }));
  const active = (): EffectName[] => places.filter(({ stage }) => stage.connected).map(({ name }) => name);
  const chain = places.map(({ stage }) => stage);
  chain.slice(1).forEach((stage, k) => chain[k].output.connect(stage.input));
  const [first, last] = [chain[0].input, chain[chain.length - 1].output];
  const rack = new Rack(context, later, { input, output }, { first, last });

  const apply = (): void => {
    for (const place of places) place.apply();
    rack.lead(active().length > 0);
  };
  let waiting = false;
  let disposed = false;
  const set = (id: EffectParameterId, value: number): void => {
    if (!isEffectParameter(id)) {
      throw new RangeError(
        `effect parameter must be one of ${effectParameterIds.join(', ')}, got ${String(id)}`,
      );
    }
    const { min, max } = parameterById(id);
    values[id] = requireNumber(id, value, min, max);
    if (waiting) return;
    waiting = true;
    // A preset that turns echoes off and their feedback down must not cut those that ring: see it as a whole.
    queueMicrotask(() => {
      waiting = false;
      if (!disposed) apply();
    });
  };
  return {
    set,
    get active() {
      return active();
    },
    get tailSeconds() {
      return chain.reduce((sum, stage) => sum + stage.tailSeconds, 0);
    },
    silence: () => {
      for (const stage of chain) stage.silence();
    },
    dispose: () => {
      if (disposed) return;
      disposed = true;
      rack.dispose();
      for (const stage of chain) stage.dispose();
    },
  };
}

/** Dry and wet share of an effect that replaces the sound. */
function instead(on: boolean): [number, number] {
  return on ? [0, 1] : [1, 0];
}

/** Shares for copies that are added: the sound stays whole to the middle, and only copies are left at the end. */
function beside(share: number): [number, number] {
  return [Math.min(1, 2 - 2 * share), Math.min(1, 2 * share)];
}

/** Shares for a copy that is as loud: their powers add up to 1. */
function equalPower(share: number): [number, number] {
  if (share === 0) return [1, 0];
  return [Math.cos((share * Math.PI) / 2), Math.sin((share * Math.PI) / 2)];
}
