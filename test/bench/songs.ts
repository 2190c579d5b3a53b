// Benchmark: what songs cost: every factory preset beside Choir, an arrangement of sixteen parts, and a flood of MIDI at the page.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { readSong } from '../../src/midi/midiFile.ts';
import { writeSong } from '../../src/midi/songWriter.ts';
import type { Song } from '../../src/midi/song.ts';
import { openModel, type NodeModel } from '../../src/model/nodeModel.ts';
import { OfflineInstrument } from '../../src/offline/offlineInstrument.ts';
import { renderSong } from '../../src/offline/renderSong.ts';
import { factoryPreset, factoryPresets } from '../../src/patch/factoryPresets.ts';
import { sixteenParts } from '../helpers/sixteenParts.ts';
import { floodedPage, floodRates, floodSecond } from '../helpers/flood.ts';
import { floodCost } from './floodPage.ts';
import { row, type Row } from './row.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const modules = loadEngineModules();
const sampleRate = 8000;
const arrangementBars = 16;
/** Pairs of Choir and another preset; more for those that are near the bound. */
const pairs = 3;
const nearTheBound = 1.5;

/** Seconds of processor time of the whole process: other programs count for less than on a clock. */
async function cpuSeconds(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Renders dry; a song whose programs count chooses presets by them, as `numvox render` does. */
async function rendered(model: NodeModel, song: Song, preset?: string) {
  const instrument: OfflineInstrument = await OfflineInstrument.open({
    model,
    sampleRate,
    modules,
    onProgram: (program, time) => {
      const chosen = preset === undefined ? factoryPresets[program] : undefined;
      if (!chosen) return true;
      const { tempo } = instrument.session.state.values;
      instrument.load(chosen, time);
      instrument.session.state.putAll({ tempo }, time);
      return true;
    },
  });
  if (preset !== undefined) instrument.load(factoryPreset(preset));
  const cpu = await cpuSeconds(() =>
    renderSong(instrument, song, () => undefined, { followsPrograms: preset === undefined }),
  );
  return { cpu, seconds: instrument.frame / sampleRate, decodes: instrument.decodes };
}

async function presetRows(model: NodeModel): Promise<Row[]> {
  const song = readSong(readFileSync(`${repository}public/songs/demo.mid`));
  const rows: Row[] = [];
  await rendered(model, song, 'Choir');
  for (const { name } of factoryPresets) {
    const ratios: number[] = [];
    let decodes = 0;
    while (ratios.length < (ratios.some((ratio) => ratio > nearTheBound) ? 2 * pairs - 1 : pairs)) {
      const isFirst = ratios.length % 2 === 0;
      const own = isFirst ? await rendered(model, song, name) : undefined;
      const choir = await rendered(model, song, 'Choir');
      const other = own ?? (await rendered(model, song, name));
      ratios.push(other.cpu / choir.cpu);
      decodes = other.decodes;
    }
    rows.push(row(name, median(ratios), 2, 'of Choir', `${decodes} decodes`));
  }
  return rows;
}

async function arrangementRows(model: NodeModel): Promise<Row[]> {
  const song = readSong(writeSong(sixteenParts(arrangementBars)));
  const notes = song.events.filter(({ type }) => type === 'noteOn').length;
  const found = [];
  for (let k = 0; k < pairs; k++) found.push(await rendered(model, song));
  const plain = await rendered(model, song, 'Spoken Digits');
  const [{ seconds, decodes }] = found;
  const fastest = (one: { cpu: number; seconds: number }) => one.seconds / one.cpu;
  return [
    row(
      'sixteen parts, programs choose presets',
      median(found.map(fastest)),
      1,
      'x real time on one core',
      `${notes} notes in ${seconds.toFixed(0)} s, ${decodes} decodes`,
    ),
    row('sixteen parts, plain', fastest(plain), 1, 'x real time on one core'),
  ];
}

/** The message path alone, in Node. */
async function pathShare(model: NodeModel): Promise<number> {
  const page = await floodedPage(model.bundle.manifest);
  const second = (k: number) => {
    for (const { ms, message } of floodSecond(k)) page.play(1000 * k + ms, message);
  };
  second(0);
  second(1);
  const shares: number[] = [];
  for (let k = 2; k < 7; k++) {
    shares.push(
      await cpuSeconds(() => {
        second(k);
        return Promise.resolve();
      }),
    );
  }
  return median(shares);
}

/** Prints ratios of processor time, each of runs that follow each other. */
export async function benchSongs(): Promise<Row[]> {
  const model = await openModel(`${repository}public/models/fsdd`);
  const presets = await presetRows(model);
  const parts = await arrangementRows(model);
  const path = await pathShare(model);
  model.dispose();
  const { flood, idle, fixed, each } = await floodCost();
  const count = Object.values(floodRates).reduce((sum, rate) => sum + rate, 0);
  return [
    ...presets,
    ...parts,
    row(`flood of ${count} messages a second, the page's main thread`, 100 * (flood - idle), 1, '%'),
    row('the same beside 10 million sines', (flood - idle) / fixed, 2, 'of their time'),
    row('the page without a message', 100 * idle, 1, '% of the main thread'),
    row("the flood's path alone, in Node", 100 * path, 1, '% of a core'),
    ...Object.entries(each).map(([kind, ms]) => row(`a ${kind} on the page`, ms, 2, 'ms on the clock')),
  ];
}
