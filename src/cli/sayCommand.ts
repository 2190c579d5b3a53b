// `numvox say`, `sample`, `walk` and `sweep`: digits spoken at points of the latent space.
import { join } from 'node:path';
import type { Playing } from '../contract/playing.ts';
import type { Hertz } from '../contract/units.ts';
import { loadEngineModules } from '../dsp/wasmLoops.node.ts';
import { openModel, type NodeModel } from '../model/nodeModel.ts';
import {
  sampleDraws,
  sayDraws,
  sweepDraws,
  walkDraws,
  type Anchor,
  type Draw,
} from '../model/latentDraws.ts';
import { openOutput } from '../node/outputPlaces.ts';
import { Report } from '../node/report.ts';
import { writeClip } from './wordFile.ts';

interface CommonOptions {
  readonly rate?: Hertz | undefined;
  readonly playing?: Playing | undefined;
  readonly model: string;
  readonly out: string;
}
/** Options of `say`. */
export interface SayOptions extends CommonOptions {
  readonly seed: number;
  readonly digits: readonly number[];
  /** Clips of each digit. */
  readonly count: number;
  /** A speaker of the bundle; drawn anew for each clip when absent. */
  readonly voice?: string | undefined;
}
/** Options of `sample`. */
export interface SampleOptions extends CommonOptions {
  readonly seed: number;
  /** Clips in all. */
  readonly count: number;
}
/** Options of `walk`. */
export interface WalkOptions extends CommonOptions {
  readonly from: Anchor;
  readonly to: Anchor;
  readonly steps: number;
}
/** Options of `sweep`. */
export interface SweepOptions extends CommonOptions {
  readonly knob: string;
  readonly digits: readonly number[];
  readonly steps: number;
  readonly voice?: string | undefined;
}

/** Clips decoded at a time: enough to keep the network busy, few enough to write the first file soon. */
const clipsPerBatch = 25;

/** Speaks each digit `count` times: `{digit}_{kkk}.wav`, kkk counting from 000 for each digit. */
export async function say(options: SayOptions): Promise<void> {
  const { digits, count, seed, voice } = options;
  await withModel(options, ({ bundle }) => sayDraws(bundle, digits, count, seed, voice));
}

/** Draws `count` clips freely: `{digit}_{kkk}.wav`, digits uniform, kkk counting through all of them. */
export async function sample(options: SampleOptions): Promise<void> {
  await withModel(options, ({ bundle }) => sampleDraws(bundle, options.count, options.seed));
}

/** Walks from one anchor to another: `{digit}_{kkk}.wav`, kkk counting the steps. */
export async function walk(options: WalkOptions): Promise<void> {
  const { from, to, steps } = options;
  await withModel(options, ({ bundle }) => walkDraws(bundle.manifest, from, to, steps));
}

/** Turns one knob through its range for each digit: `{digit}_{kkk}.wav`, kkk counting the steps for each digit. */
export async function sweep(options: SweepOptions): Promise<void> {
  const { knob, digits, steps, voice } = options;
  await withModel(options, ({ bundle }) => sweepDraws(bundle.manifest, knob, digits, steps, voice));
}

async function withModel(options: CommonOptions, plan: (model: NodeModel) => Draw[]): Promise<void> {
  const out = openOutput(options.out);
  const model = await openModel(options.model);
  try {
    const draws = plan(model);
    const report = new Report(draws.length);
    const writer = {
      format: model.bundle.manifest.format,
      rate: options.rate,
      playing: options.playing,
      modules: loadEngineModules(),
    };
    try {
      for (let start = 0; start < draws.length; start += clipsPerBatch) {
        const part = draws.slice(start, start + clipsPerBatch);
        const decoded = await model.decode(part.map(({ point }) => point));
        part.forEach(({ name, note }, i) => {
          const path = join(out, name);
          if (!writeClip(path, decoded[i], writer)) report.notice(`${path} is silent`);
          report.result(`${path}\t${note}`);
          report.step();
        });
      }
      report.finish();
    } finally {
      report.close();
    }
  } finally {
    model.dispose();
  }
}
