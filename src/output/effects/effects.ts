// The effects after the voices: drive, chorus, echoes, reverb and equaliser in series, each connected only while
// it sounds.
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

const effectNames = ['drive', 'chorus', 'delay', 'reverb', 'eq'] as const;
export type EffectName = (typeof effectNames)[number];

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
  const bandGains = (): BandGains => [values.eqLow, values.eqMid, values.eqHigh];
  const echoes = (): number => echoSeconds(Math.round(values.delayTime), values.tempo);
  const stageOf = <U extends Unit>(build: () => U): Stage<U> =>
    new Stage(context, later, build, () => rack.lead(active().length > 0));
  const stages = {
    drive: stageOf(() => new Drive(context, values.drive)),
    chorus: stageOf(() => new Chorus(context, values.chorusRate)),
    delay: stageOf(() => new Echoes(context, later, echoes(), values.delayFeedback, loopLag)),
    reverb: stageOf(() => new Reverb(context, later, slices, values.reverbSeconds)),
    eq: stageOf(() => new Equaliser(context, bandGains())),
  };
  const active = (): EffectName[] => effectNames.filter((name) => stages[name].connected);
  const chain = effectNames.map((name) => stages[name]);
  chain.slice(1).forEach((stage, k) => chain[k].output.connect(stage.input));
  const [first, last] = [chain[0].input, chain[chain.length - 1].output];
  const rack = new Rack(context, later, { input, output }, { first, last });

  const apply = (): void => {
    stages.drive.mix(...instead(values.drive > 0))?.set(values.drive);
    stages.chorus.mix(...equalPower(values.chorus))?.set(values.chorusRate);
    stages.delay.mix(...beside(values.delay))?.set(echoes(), values.delayFeedback);
    stages.reverb.mix(...beside(values.reverb))?.set(values.reverbSeconds);
    stages.eq.mix(...instead(bandGains().some((gain) => gain !== 0)))?.set(bandGains());
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
