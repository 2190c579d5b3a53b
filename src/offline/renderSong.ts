// A song through the offline instrument: its events at their frames, then what rings on.
import type { Samples, Seconds } from '../contract/units.ts';
import { performerTarget } from '../midi/performerTarget.ts';
import { playModes } from '../contract/parameters.ts';
import { Arrangement, type ArrangementSettings } from '../midi/arrangement.ts';
import { tellBeats, type Song } from '../midi/song.ts';
import { SongFeed } from '../midi/songFeed.ts';
import type { OfflineInstrument } from './offlineInstrument.ts';
import type { BlockSink } from './offlineOutput.ts';

/** Voices that sound longer than this after the song are faded. */
export const longestTailSeconds: Seconds = 30;
const tailStepFrames: Samples = 1024;
const fadeSeconds = 0.02;
/**
 * What of a song is followed.
 * @example
 * await renderSong(instrument, song, keep, { followsPrograms: false } satisfies SongRenderOptions);
 */
export interface SongRenderOptions {
  /** False leaves the parameter `tempo` alone. Default true. */
  readonly followsTempo?: boolean;
  /** False leaves program changes out. Default true. */
  readonly followsPrograms?: boolean;
  /** What its parts and drums play. Default as the instrument is set, with drums muted where keys sing. */
  readonly arrangement?: ArrangementSettings;
}

/**
 * Plays a song from the instrument's frame of now to its end, and on until everything has died away.
 * @example
 * const song = readSong(await readFile('song.mid'), 'song.mid');
 * await renderSong(instrument, song, (left, right) => wav.append(left, right));
 */
export async function renderSong(
  instrument: OfflineInstrument,
  song: Song,
  sink: BlockSink,
  options: SongRenderOptions = {},
): Promise<void> {
  const { performer, sampleRate } = instrument;
  const msPerFrame = 1000 / sampleRate;
  const frameOf = (ms: number) => Math.round(ms / msPerFrame);
  const { session } = instrument;
  const target = performerTarget({
    performer,
    frameOf,
    setParameter: (id, value, time) => session.takeOver(id, value, time),
  });
  const mode = () => playModes[performer.parameter('mode')];
  const arrangement = new Arrangement(song, mode, options.arrangement);
  const feed = new SongFeed(target, arrangement, options);
  const begin = instrument.frame;
  if (options.followsTempo !== false) tellBeats(target, song.tempoMap, 0, begin * msPerFrame);
  // Until the file says otherwise its tempo is 120, whatever the preset's: arpeggios and stutters keep its time.
  feed.send({ type: 'tempo', seconds: 0, bpm: song.tempoMap[0].bpm }, begin * msPerFrame);
  for (const event of song.events) {
    const frame = begin + Math.round(event.seconds * sampleRate);
    await instrument.renderTo(frame, sink);
    feed.send(event, frame * msPerFrame);
  }
  await instrument.renderTo(begin + Math.round(song.durationSeconds * sampleRate), sink);
  feed.letGo(instrument.frame * msPerFrame);
  performer.releaseAll();
  const tailEnd = instrument.frame + longestTailSeconds * sampleRate;
  do await instrument.renderTo(instrument.frame + tailStepFrames, sink);
  while (instrument.activeVoices > 0 && instrument.frame < tailEnd);
  if (instrument.activeVoices > 0) {
    performer.allSoundOff();
    await instrument.renderTo(instrument.frame + Math.ceil(fadeSeconds * sampleRate), sink);
  }
  await instrument.finish(sink);
}
