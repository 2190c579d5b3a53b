// `numvox render`: a MIDI file played through performer and kernel into a stereo WAV file.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../contract/errors.ts';
import { parameterById, playModes, type ParameterId } from '../contract/parameters.ts';
import { checkedValue, type PartialValues, type Preset } from '../patch/preset.ts';
import { readPresetFile } from '../patch/presetSchema.ts';
import type { Hertz, Samples } from '../contract/units.ts';
import { loadEngineModules } from '../dsp/wasmLoops.node.ts';
import { decibelsOf } from '../dsp/loudness.ts';
import { factoryPreset, factoryPresets } from '../patch/factoryPresets.ts';
import { Arrangement, type ArrangementSettings } from '../midi/arrangement.ts';
import { readSong } from '../midi/midiFile.ts';
import type { Song } from '../midi/song.ts';
import { openModel } from '../model/nodeModel.ts';
import { readInput } from '../node/inputFile.ts';
import { OfflineEffects } from '../offline/offlineEffects.ts';
import { OfflineInstrument } from '../offline/offlineInstrument.ts';
import { longestRingSeconds, type BlockSink } from '../offline/offlineOutput.ts';
import { longestTailSeconds, renderSong } from '../offline/renderSong.ts';
import { effectAmountIds } from '../output/effects/effectParameters.ts';
import type { ProgramUse } from './options.ts';
import { arrangementOf, type PartOptions } from './partOption.ts';
import { openOutput } from '../node/outputPlaces.ts';
import { Report } from '../node/report.ts';
import { longestWavSeconds, WavStream } from '../node/wavStream.ts';

/** Options of `render`. */
export interface RenderOptions extends Partial<PartOptions> {
  /** Path of the WAV file. */
  readonly out: string;
  /** Name of a factory preset, or path of a preset file; the plain instrument when absent. */
  readonly preset?: string | undefined;
  readonly rate: Hertz;
  readonly model: string;
  /** In place of the preset's. */
  readonly lyrics?: string | undefined;
  /** `id=value` each, over the preset's values. */
  readonly set: readonly string[];
  readonly seed: number;
  /** True leaves the page's effects out. */
  readonly dry?: boolean | undefined;
  /** What program changes choose. Default with a preset, which is what was asked for then: nothing; without: presets. */
  readonly programs?: ProgramUse | undefined;
}

/** The limiter's ceiling in decibels: it works from here on. */
const ceilingDb = decibelsOf(0.97);

/** Renders `path` into `options.out`. */
export async function render(path: string, options: RenderOptions): Promise<void> {
  const { out, rate, lyrics } = options;
  const song = readSong(readInput(path, 'song'), path);
  if (!song.events.some(({ type }) => type === 'noteOn')) {
    const why = song.mended ? ` (${song.mended})` : '';
    throw new InputError(`${path} holds no notes${why}; give a MIDI file with notes`);
  }
  // The effects ring on after the voices.
  const longestRest = longestTailSeconds + longestRingSeconds + 1;
  const longest = longestWavSeconds(rate) - longestRest;
  if (song.durationSeconds > longest) {
    throw new InputError(
      `${path} lasts ${Math.round(song.durationSeconds)} s; a WAV file at ${rate} Hz holds ${Math.floor(longest)} s`,
    );
  }
  const report = new Report(Math.ceil(song.durationSeconds) + 1);
  if (song.mended) report.notice(song.mended);
  const preset = options.preset === undefined ? undefined : presetOf(options.preset, report);
  const values = settingsOf(options.set);
  const programs = options.programs ?? (preset ? 'nothing' : 'presets');
  openOutput(dirname(out));
  const model = await openModel(options.model);
  try {
    const { drums = 'auto', keyswitches, part = [] } = options;
    const voices = model.bundle.manifest.speakers.map(({ name }) => name);
    const arrangement = arrangementOf(song, { drums, keyswitches, part }, voices);
    const effects = new Set<string>();
    const noteEffects = () => {
      for (const id of effectAmountIds) {
        if (instrument.session.state.values[id] !== 0) effects.add(parameterById(id).label.toLowerCase());
      }
    };
    const instrument = await OfflineInstrument.open({
      model,
      sampleRate: rate,
      seed: options.seed,
      modules: loadEngineModules(),
      openEffects: options.dry
        ? undefined
        : (begin) => {
            const longestFrames = Math.ceil((song.durationSeconds + longestRest) * rate);
            return OfflineEffects.open({ ...begin, sampleRate: rate, longestFrames });
          },
      onProgram: (program, time) => {
        const chosen = programs === 'presets' ? factoryPresets[program] : undefined;
        if (chosen) {
          // The song's own tempo stays.
          const { tempo } = instrument.session.state.values;
          instrument.load(chosen, time);
          settle({ ...values, tempo }, time);
          noteEffects();
        }
        return programs !== 'digits';
      },
    });
    const settle = (settings: PartialValues, time?: Samples) => {
      instrument.session.state.putAll(settings, time);
      if (lyrics !== undefined) instrument.session.state.setLyrics(lyrics);
    };
    if (preset) for (const notice of instrument.load(preset)) report.notice(notice);
    settle(values);
    noteEffects();
    const wav = new WavStream(out, rate);
    try {
      let seconds = 0;
      const sink: BlockSink = (left, right) => {
        wav.append(left, right);
        for (; seconds < Math.floor(wav.frames / rate); seconds++) report.step();
      };
      await renderSong(instrument, song, sink, {
        followsTempo: !('tempo' in values),
        followsPrograms: programs !== 'nothing',
        arrangement,
      });
      wav.finish();
      report.close();
      if (hasMutedDrums(song, arrangement, instrument)) {
        report.notice(
          'channel 10, the drums, is muted where keys sing; --drums drum or --drums words plays it',
        );
      }
      if (options.dry && effects.size > 0) report.notice(`left out by --dry: ${[...effects].join(', ')}`);
      const peakDb = decibelsOf(instrument.peak);
      const peak = instrument.peak > 0 ? `peak ${peakDb.toFixed(1)} dB` : 'silent';
      if (peakDb > ceilingDb) report.notice('the limiter worked; set outputGainDb lower to avoid it');
      report.result(`${out}\t${(wav.frames / rate).toFixed(2)} s\t${peak}`);
    } finally {
      wav.discard();
      await instrument.close();
    }
  } finally {
    report.close();
    model.dispose();
  }
}

/** True where the drums stayed silent because nobody said otherwise. */
function hasMutedDrums(song: Song, settings: ArrangementSettings, { session }: OfflineInstrument): boolean {
  const arrangement = new Arrangement(song, () => playModes[session.state.values.mode], settings);
  return (
    settings.drums === 'auto' && arrangement.parts.some(({ id }) => arrangement.stateOf(id) === 'drums muted')
  );
}

/** A preset by its name, or the first one of a file. */
function presetOf(text: string, report: Report): Preset {
  if (!/\.json$/i.test(text) && !existsSync(text)) return factoryPreset(text);
  const [first] = readPresetFile(Buffer.from(readInput(text, 'presets')).toString('utf8'), text);
  for (const notice of first.notices) report.notice(notice);
  return first.preset;
}

/** @throws InputError naming what is unknown or out of range */
function settingsOf(texts: readonly string[]): Partial<Record<ParameterId, number>> {
  const values: Partial<Record<ParameterId, number>> = {};
  const refuse = (text: string) => {
    throw new InputError(`--set: ${text.replace(/; (it was left out|[^;]* is used)$/, '')}`);
  };
  for (const text of texts) {
    const [, id, given] = /^\s*([^=\s]+)\s*=\s*(.+?)\s*$/.exec(text) ?? [];
    if (id === undefined || given === undefined) {
      throw new InputError(`--set takes a parameter and its value, such as vibratoDepth=30, got ${text}`);
    }
    const number = Number(given);
    const value = checkedValue(id, Number.isNaN(number) ? given : number, refuse);
    if (value !== undefined) values[id as ParameterId] = value;
  }
  return values;
}
