// Benchmark of the phase engine: one table of convergence, FFTs, cost and evenness beside offline references, and its plot.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLoops } from '../../src/dsp/createLoops.ts';
import { createFft } from '../../src/dsp/createFft.ts';
import { MelFilterbank } from '../../src/dsp/mel.ts';
import { MelInverter } from '../../src/dsp/melInverter.ts';
import { liveSetting, studioSetting, type Effort } from '../../src/dsp/phaseEngine.ts';
import { padded } from '../../src/dsp/phaseTables.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import { streamThrough } from '../helpers/convergence.ts';
import { hasCorpus, testWords } from '../helpers/signals.ts';
import { evenness, startCost, voiceCost, yardsticks } from './engineCost.ts';
import { enginePlot } from './enginePlot.ts';
import {
  inversionRows,
  plotPoints,
  qualityRows,
  referenceInversions,
  referenceMethods,
  type MelInversion,
  type Method,
} from './engineQuality.ts';

const sizes = { fftSamples: 512, hopSamples: 128 };
const reserveBytes = 4 << 20;
/** Settings of the engine that are measured; live and studio are those of the instrument. */
const settings: readonly (readonly [Effort, string])[] = [
  [{ lookAheadFrames: 0, sweeps: 0 }, '0 sweeps'],
  [{ lookAheadFrames: 1, sweeps: 1 }, '1 sweep'],
  [{ lookAheadFrames: 3, sweeps: 1 }, '1 sweep'],
  [liveSetting, '2 sweeps (live)'],
  [{ lookAheadFrames: 3, sweeps: 4 }, '4 sweeps'],
  [{ lookAheadFrames: 7, sweeps: 1 }, '1 sweep'],
  [{ lookAheadFrames: 7, sweeps: 2 }, '2 sweeps'],
  [studioSetting, '4 sweeps (studio)'],
];

function isSame(a: Effort, b: Effort): boolean {
  return a.lookAheadFrames === b.lookAheadFrames && a.sweeps === b.sweeps;
}

/** Cells as a table in Markdown, numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

const decibels = (value: number): string => value.toFixed(2);
const percent = (share: number, digits = 0): string => `${(100 * share).toFixed(digits)} %`;

/**
 * Convergence of every method on the sixty words of FSDD's take 3 (peak 0.9, 512 zeros each side, Hann 512, hop 128) on
 * true magnitudes and on those of 80 mel bands; cost, voices per core and evenness of the engine's settings at 48 kHz; what
 * voices cost in each kind of loops. Writes the plot to docs/phase-engine/convergence.svg.
 */
export function benchEngine(): Promise<string> {
  const modules = loadEngineModules();
  const { fft } = createFft(512, modules?.fft);
  const bank = new MelFilterbank(defaultFormat);
  const loops = createLoops(512, modules, reserveBytes);
  const inverter = new MelInverter(bank, loops);
  const mel = loops.floats(bank.bands);
  const magnitudes = loops.floats(padded(bank.bins));
  const ours: MelInversion = {
    name: 'numvox',
    invert: (given, out) => {
      mel.set(given);
      inverter.invert(mel, magnitudes);
      out.set(magnitudes.subarray(0, bank.bins));
    },
  };
  const engines = settings.map(([effort, setting]): Method => ({
    name: `numvox, look-ahead ${effort.lookAheadFrames}`,
    setting,
    rebuild: (given, _, length) =>
      streamThrough(given, length, {
        ...effort,
        loops: createLoops(512, modules, reserveBytes),
        hopSamples: sizes.hopSamples,
      }),
  }));
  const conditions = { words: testWords(1), sizes, bank, inversion: ours, fft };
  process.stderr.write('measuring convergence ...\n');
  const rows = qualityRows([...engines, ...referenceMethods(fft)], conditions);
  process.stderr.write('measuring cost ...\n');
  const pair = yardsticks();
  const voice = { voices: 64, contextRate: 48000, playing: 'spectrogram' } as const;
  const main = table(
    [
      'method',
      'setting',
      'SC true',
      'SC mel',
      'mel to true',
      'FFTs a hop',
      'beats FGLA 32 / 60',
      'cost of a voice',
      'voices a core',
      'worst / mean quantum: work, time',
    ],
    rows.map((row, i) => {
      const effort = i < settings.length ? settings[i][0] : undefined;
      const cost = effort && voiceCost({ ...voice, effort }, pair.simd).share;
      const even =
        effort && (isSame(effort, liveSetting) || isSame(effort, studioSetting))
          ? evenness({ ...voice, effort })
          : undefined;
      return [
        row.name,
        row.setting,
        decibels(row.trueDb),
        decibels(row.melDb),
        decibels(row.melToTrueDb),
        row.fftsPerHop.toFixed(0),
        row.betterThan.map(({ trueShare }) => percent(trueShare)).join(' / '),
        cost === undefined ? 'offline' : percent(cost, 2),
        cost === undefined ? '' : (1 / cost).toFixed(0),
        even ? `${even.byWork.toFixed(2)}, ${even.byTime.toFixed(2)}` : '',
      ];
    }),
  );
  const inversions = table(
    ['mel inversion', 'words', 'distance to the true magnitudes'],
    inversionRows([ours, ...referenceInversions(bank)], conditions).map((row) => [
      row.name,
      String(row.words),
      `${decibels(row.distanceDb)} dB`,
    ]),
  );
  const costs = table(
    [
      'playing, live setting',
      'loops',
      'rate',
      'voices',
      'cost of a voice',
      'all',
      'SIMD pairs/s',
      'JavaScript pairs/s',
    ],
    (['spectrogram', 'harmonic'] as const).flatMap((playing) =>
      (
        [
          [1, 8000, 'simd'],
          [1, 48000, 'simd'],
          [64, 48000, 'simd'],
          [1, 8000, 'scalar'],
          [1, 8000, 'javascript'],
        ] as const
      ).map(([voices, contextRate, kind]) => {
        const { share, pairsPerSecond } = voiceCost({ voices, contextRate, playing, loops: kind }, pair.simd);
        return [
          playing,
          kind,
          `${contextRate / 1000} kHz`,
          String(voices),
          percent(share, 2),
          percent(share * voices, 1),
          pairsPerSecond.toFixed(0),
          (share / pair.javascript).toFixed(0),
        ];
      }),
    ),
  );
  const quanta = table(
    ['playing', 'voices', 'worst / mean quantum by work', 'by time'],
    (['spectrogram', 'harmonic'] as const).flatMap((playing) =>
      [1, 8, 32, 64].map((voices) => {
        const { byWork, byTime } = evenness({ voices, contextRate: 48000, playing });
        return [playing, String(voices), byWork.toFixed(2), byTime.toFixed(2)];
      }),
    ),
  );
  const starts = (['spectrogram', 'harmonic'] as const).map((playing) => {
    const { work, microseconds } = startCost(playing);
    return `note-on, ${playing}: ${work.toFixed(0)} FFTs' worth of work, ${microseconds.toFixed(0)} us`;
  });
  const plot = fileURLToPath(new URL('../../docs/phase-engine/convergence.svg', import.meta.url));
  mkdirSync(dirname(plot), { recursive: true });
  writeFileSync(
    plot,
    enginePlot(plotPoints(rows), 'Spectral convergence against FFTs per hop (lower is better)'),
  );
  const corpus = hasCorpus ? 'take 3 of FSDD' : 'synthesised words';
  return Promise.resolve(
    [
      `${conditions.words.length} words, ${corpus}; decibels are spectral convergence, lower is better`,
      main,
      inversions,
      `one FFT pair of 512: ${(1e6 * pair.simd).toFixed(2)} us in WebAssembly SIMD, ${(1e6 * pair.javascript).toFixed(2)} us in JavaScript`,
      costs,
      quanta,
      starts.join('\n'),
      `plot: ${plot}`,
    ].join('\n\n'),
  );
}
