// Benchmark of the sound path: how close the streaming engine gets beside offline Griffin-Lim, and what a voice costs.
import { CountingFft, JsFft, type RealFft } from '../../src/dsp/fft.ts';
import { createFft } from '../../src/dsp/createFft.ts';
import { liveSetting, studioSetting } from '../../src/dsp/phaseEngine.ts';
import { loadFftModule } from '../../src/dsp/pffft.node.ts';
import { spectralConvergenceDb, stftMagnitudes } from '../../src/dsp/stft.ts';
import { engineConvergence, padded } from '../helpers/convergence.ts';
import { griffinLim } from '../helpers/griffinLim.ts';
import { clipMessage, makeKernel, noteMessage, wordFeatures } from '../helpers/kernelRun.ts';
import { hasCorpus, noise, testWords, type Word } from '../helpers/signals.ts';
import type { Row } from './row.ts';

const sizes = { fftSamples: 512, hopSamples: 128 };
/** Offline references take long: they hear every fifth word, and so does the engine in the rows beside them. */
const REFERENCE_EVERY = 5;

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function engineRow(
  name: string,
  words: readonly Word[],
  setting: typeof liveSetting | typeof studioSetting,
  fft: RealFft,
): Row {
  const results = words.map(({ samples }) => engineConvergence(samples, sizes, setting, fft));
  const most = Math.max(...results.map(({ fftsPerHop }) => fftsPerHop));
  return {
    name: `convergence, ${name}`,
    value: mean(results.map(({ convergenceDb }) => convergenceDb)).toFixed(2),
    unit: 'dB',
    note: `${words.length} words, at most ${most.toFixed(1)} FFTs a hop counted`,
  };
}

function referenceRow(
  name: string,
  words: readonly Word[],
  iterations: number,
  momentum: number,
  fft: RealFft,
): Row {
  const counting = new CountingFft(fft);
  let hops = 0;
  const levels = words.map(({ samples }) => {
    const signal = padded(samples);
    const target = stftMagnitudes(signal, sizes, undefined, fft);
    hops += target.frames;
    const out = griffinLim(target.magnitudes, sizes, signal.length, {
      iterations,
      momentum,
      seed: 1,
      fft: counting,
    });
    return spectralConvergenceDb(
      stftMagnitudes(out, sizes, target.frames, fft).magnitudes,
      target.magnitudes,
    );
  });
  return {
    name: `convergence, ${name}`,
    value: mean(levels).toFixed(2),
    unit: 'dB',
    note: `offline reference, same ${words.length} words, ${(counting.count / hops).toFixed(0)} FFTs a hop`,
  };
}

/** Processor time of this process: unlike the clock it does not count the time that other work held the core. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Seconds that 1,000 forward and inverse JavaScript FFTs of 512 points take: the yardstick of the cost rows. */
function yardstickSeconds(fft: RealFft): number {
  const time = noise(512, 1);
  const re = new Float32Array(257);
  const im = new Float32Array(257);
  const begin = cpuMilliseconds();
  for (let i = 0; i < 1000; i++) {
    fft.forward(time, re, im);
    fft.inverse(re, im, time);
  }
  return (cpuMilliseconds() - begin) / 1000;
}

/** Cost of one voice: median over rounds in which kernel, yardstick and the other FFT take turns on the same core. */
function costRows(): Row[] {
  const module = loadFftModule();
  const [features] = wordFeatures(1);
  const plain = new JsFft(512);
  const { fft, kind } = createFft(512, module);
  const seconds = (features.length / 80) * 0.016 - 0.024;
  const play = (simd: boolean): { total: number; start: number } => {
    const kernel = makeKernel(simd ? {} : { fftModule: undefined });
    const block = [new Float32Array(128)];
    let total = 0;
    let start = 0;
    for (let round = 0; round < 6; round++) {
      kernel.receive(clipMessage(3, features));
      kernel.receive(noteMessage(3));
      const begin = cpuMilliseconds();
      kernel.process(block);
      const started = cpuMilliseconds();
      while (kernel.status().activeVoices > 0) kernel.process(block);
      // The first rounds warm the compiler up.
      if (round < 3) continue;
      start += (started - begin) / 3000;
      total += (cpuMilliseconds() - begin) / 3000;
    }
    return { total, start };
  };
  const rounds = Array.from({ length: 7 }, () => ({
    simd: play(true),
    javascript: play(false),
    yardstick: yardstickSeconds(plain),
    simdFft: yardstickSeconds(fft),
  }));
  const yardstick = median(rounds.map((round) => round.yardstick));
  const rows: Row[] = [];
  for (const name of ['simd', 'javascript'] as const) {
    const total = median(rounds.map((round) => round[name].total));
    const start = median(rounds.map((round) => round[name].start));
    rows.push(
      {
        name: `one voice at 48 kHz, ${name} FFT`,
        value: ((100 * total) / seconds).toFixed(2),
        unit: '% of a core',
        note: `per second of sound ${(total / seconds / yardstick).toFixed(2)} x the yardstick`,
      },
      {
        name: `note-on, ${name} FFT`,
        value: (1000 * start).toFixed(2),
        unit: 'ms',
        note: `${(start / yardstick).toFixed(3)} x the yardstick`,
      },
    );
  }
  rows.push({
    name: 'yardstick: 1,000 FFT pairs of 512, javascript',
    value: (1000 * yardstick).toFixed(1),
    unit: 'ms',
    note: `${kind}: ${(1000 * median(rounds.map((round) => round.simdFft))).toFixed(1)} ms`,
  });
  return rows;
}

/**
 * Spectral convergence of live and studio on all sixty words (FSDD take 3; peak 0.9, 512 zeros each side, Hann 512, hop
 * 128), then engine and offline references on the same twelve, then the cost of a voice.
 */
export async function benchEngine(): Promise<Row[]> {
  const { fft } = createFft(512, loadFftModule());
  const all = testWords();
  const some = testWords(REFERENCE_EVERY);
  const corpus = hasCorpus ? 'FSDD take 3' : 'synthesised words';
  return Promise.resolve([
    engineRow(`live, ${corpus}`, all, liveSetting, fft),
    engineRow(`studio, ${corpus}`, all, studioSetting, fft),
    engineRow('live, subset', some, liveSetting, fft),
    engineRow('studio, subset', some, studioSetting, fft),
    referenceRow('Griffin-Lim 32', some, 32, 0, fft),
    referenceRow('Griffin-Lim 60', some, 60, 0, fft),
    referenceRow('fast Griffin-Lim 32', some, 32, 0.99, fft),
    referenceRow('fast Griffin-Lim 60', some, 60, 0.99, fft),
    ...costRows(),
  ]);
}
