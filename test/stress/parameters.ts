// Every parameter at its ends, swept at block rate, and by random pairs: what comes out is finite and bounded, and what is continuous does not click.
import { fileURLToPath } from 'node:url';
import { parameters, type Parameter, type ParameterId } from '../../src/contract/parameters.ts';
import { Random } from '../../src/dsp/random.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { openModel } from '../../src/model/nodeModel.ts';
import { OfflineEffects } from '../../src/offline/offlineEffects.ts';
import { longestRingSeconds } from '../../src/offline/offlineOutput.ts';
import { OfflineInstrument } from '../../src/offline/offlineInstrument.ts';
import { isEffectParameter } from '../../src/output/effects/effectParameters.ts';
import { CLICK, worstClick } from '../helpers/clicks.ts';
import { atMost, figure, type Finding, type TrialSetting } from './trial.ts';

const folder = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
const sampleRate = 8000;
const blockFrames = 128;
const pairs = { full: 10_000, quick: 300 };
/** The page's limiter. */
const ceiling = 0.97;
/**
 * What may go into it: 64 voices, each as loud as one gets, 20 with brightness and formant at their lowest, which lift the bass
 * by so much. An effect that feeds on itself goes beyond any number.
 */
const sane = 64 * 20;
/** What a parameter needs beside it to be heard. */
const beside: Readonly<Partial<Record<ParameterId, Partial<Record<ParameterId, number>>>>> = {
  vibratoRate: { vibratoDepth: 50 },
  vibratoDelay: { vibratoDepth: 50 },
  lfoRate: { lfoTo: 4, lfoAmount: 0.5 },
  lfoAmount: { lfoTo: 4 },
};

/** What an instrument gave. */
class Heard {
  nonFinite = 0;
  peak = 0;
  readonly samples: number[] = [];
  readonly keep: boolean;
  constructor(keep = false) {
    this.keep = keep;
  }
  readonly sink = (left: Float32Array, right: Float32Array): void => {
    for (const side of [left, right]) {
      for (const value of side) {
        if (value - value !== 0) this.nonFinite++;
        else this.peak = Math.max(this.peak, Math.abs(value));
      }
    }
    if (this.keep) for (const value of left) this.samples.push(value);
  };
}

/** Whole steps of these are steps of what sounds. */
const stepped: ReadonlySet<ParameterId> = new Set(['speaker', 'transpose']);

function isContinuous({ choices, id }: Parameter): boolean {
  return choices === undefined && !stepped.has(id);
}

/** Promise 9 of docs/reliability.md. */
export async function parameterTrial({ quick, seed, progress }: TrialSetting): Promise<Finding[]> {
  const model = await openModel(folder);
  const modules = loadEngineModules();
  const random = new Random(seed);
  let nonFinite = 0;
  let peak = 0;
  let before = 0;
  let worst = 0;
  const clicks: string[] = [];
  const faults: string[] = [];
  const open = (withEffects: boolean) =>
    OfflineInstrument.open({
      model,
      sampleRate,
      modules,
      ...(withEffects
        ? {
            openEffects: (given) =>
              OfflineEffects.open({
                ...given,
                sampleRate,
                longestFrames: sampleRate * (60 + longestRingSeconds),
              }),
          }
        : { blockFrames }),
    });
  const count = (heard: Heard, instrument: OfflineInstrument) => {
    nonFinite += heard.nonFinite;
    peak = Math.max(peak, heard.peak);
    before = Math.max(before, instrument.peak);
  };
  /** Plays a chord while `turn` is called before every step. */
  const play = async (
    instrument: OfflineInstrument,
    heard: Heard,
    steps: number,
    stepFrames: number,
    turn: (step: number) => void,
  ) => {
    for (let step = 0; step < steps; step++) {
      turn(step);
      await instrument.renderTo(instrument.frame + stepFrames, heard.sink);
    }
  };
  const chord = (instrument: OfflineInstrument, keys: readonly number[]) => {
    for (const key of keys) instrument.performer.noteOn(1, key, 100);
  };
  const trial = async (name: string, act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      faults.push(`${name}: ${String(error)}`);
    }
  };

  // Ends and sweeps, each parameter alone.
  for (const [k, parameter] of parameters.entries()) {
    const { id, min, max } = parameter;
    progress((0.6 * k) / parameters.length, id);
    await trial(id, async () => {
      const instrument = await open(isEffectParameter(id));
      try {
        const heard = new Heard(true);
        const { session } = instrument;
        session.set('mode', 1);
        session.set('hold', 1);
        for (const [other, value] of Object.entries(beside[id] ?? {}))
          session.set(other as ParameterId, value);
        session.set(id, min);
        chord(instrument, [57]);
        await play(instrument, heard, 12, 256, () => undefined);
        const begin = heard.samples.length;
        // Up and down again, as fast as a hand turns: 0.4 s each way, at block rate.
        const steps = 50;
        await play(instrument, heard, steps, blockFrames, (step) => {
          const turned = step / (steps - 1);
          session.set(id, min + (max - min) * Math.min(2 * turned, 2 - 2 * turned));
        });
        session.set(id, max);
        await play(instrument, heard, 8, 256, () => undefined);
        await instrument.finish(heard.sink);
        count(heard, instrument);
        if (isContinuous(parameter)) {
          const { ratio } = worstClick(
            Float32Array.from(heard.samples),
            sampleRate,
            begin,
            begin + steps * blockFrames,
          );
          worst = Math.max(worst, ratio);
          if (ratio > CLICK) clicks.push(`${id} ${ratio.toFixed(0)}`);
        }
      } finally {
        await instrument.close();
      }
    });
  }

  // Random pairs at random values, each for as long as two blocks, over held and struck notes.
  const wanted = quick ? pairs.quick : pairs.full;
  for (const withEffects of [false, true]) {
    const its = parameters.filter(({ id }) => withEffects || !isEffectParameter(id));
    const rounds = Math.round(wanted * (withEffects ? 0.2 : 0.8));
    const perInstrument = 100;
    for (let done = 0; done < rounds; done += perInstrument) {
      progress((withEffects ? 0.9 : 0.6) + ((withEffects ? 0.1 : 0.3) * done) / rounds, 'random pairs');
      await trial('random pairs', async () => {
        const instrument = await open(withEffects);
        try {
          const heard = new Heard();
          await play(instrument, heard, Math.min(perInstrument, rounds - done), 2 * blockFrames, (step) => {
            if (step % 10 === 0) chord(instrument, [36 + random.integer(60), 36 + random.integer(60)]);
            if (step % 10 === 9) instrument.performer.allNotesOff();
            for (let k = 0; k < 2; k++) {
              const { id, min, max, decimals } = its[random.integer(its.length)];
              const place = [0, 1, random.uniform()][random.integer(3)];
              const value = min + place * (max - min);
              instrument.session.set(id, decimals === 0 ? Math.round(value) : value);
            }
          });
          count(heard, instrument);
        } finally {
          await instrument.close();
        }
      });
    }
  }
  model.dispose();
  return [
    figure('parameters', String(parameters.length)),
    figure('random pairs', String(wanted)),
    atMost('exceptions', faults.length, 0),
    ...faults.slice(0, 5).map((fault) => figure('exception', fault)),
    atMost('samples that are no numbers', nonFinite, 0),
    atMost('largest sample', peak, ceiling + 1e-6, '', 3),
    atMost('largest sample before the limiter', before, sane, '', 2),
    atMost('continuous parameters that click', clicks.length, 0),
    atMost('worst sample of a sweep against its surroundings', worst, CLICK, '', 1),
    ...clicks.map((click) => figure('click', click)),
  ];
}
