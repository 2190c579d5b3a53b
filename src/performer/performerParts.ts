// The performer's parts and how they hear of each other: what each hands to which stands here, what they do in their files.
import { Emitter } from '../contract/emitter.ts';
import type { ParameterId, ParameterValues } from '../contract/parameters.ts';
import { clipSamples } from '../contract/spectrogram.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import type { ToInference } from '../model/inferenceProtocol.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ToKernel } from '../worklet/kernelProtocol.ts';
import { Arpeggiator } from './arpeggiator.ts';
import { BeatClock } from './beatClock.ts';
import { Channels } from './channels.ts';
import { DecodeScheduler } from './decodeScheduler.ts';
import { arpKeyOf, handKeyOf, Keys, type NoteEvent, type Press } from './keys.ts';
import type { StartTimer } from './latestWins.ts';
import type { Played } from './played.ts';
import { NoteLatents, slotOfNote } from './noteLatents.ts';
import { NoteModulation } from './noteModulation.ts';
import { SoundingNotes, type SoundingNote } from './soundingNotes.ts';
import { StyleLfo } from './styleLfo.ts';
import { VoiceParameterFeed } from './voiceParameterFeed.ts';
import { WordPlanner } from './wordPlanner.ts';
import { WordSlots } from './wordSlots.ts';

/** What the performer stands on; everything outside is handed in, so that it runs in Node. */
export interface PerformerOptions {
  readonly manifest: Manifest;
  readonly sendKernel: (message: ToKernel) => void;
  readonly sendInference: (message: ToInference) => void;
  /** Of the audio context, whose frames all times count. */
  readonly sampleRate: Hertz;
  /** The audio clock. */
  readonly now: () => Seconds;
  /**
   * Uniform numbers in [0, 1): random keys and arpeggios, variation. A seeded one makes a performance repeatable.
   */
  readonly random?: () => number;
  readonly onNote?: (event: NoteEvent) => void;
  /**
   * A controller, a keyswitch, a program or a clock moves a parameter, at a frame or now. Whoever owns the values answers
   * with `setParameters`, at once or not at all; without an owner they are set as they come.
   */
  readonly onMove?: (id: ParameterId, value: number, time: Samples | undefined) => void;
  /** The lyrics have moved; see `lyrics`. */
  readonly onLyrics?: () => void;
  /**
   * A program change in a bank, both 0..127, at a frame or now; return true when it has been dealt with, or else it chooses
   * the digit.
   */
  readonly onProgram?: (program: number, channel: number, bank: number, time: Samples | undefined) => boolean;
  readonly startTimer?: StartTimer;
  /** False where the decoder is waited for: it is asked for what sounds and nothing ahead. Default true. */
  readonly decodesAhead?: boolean;
}

/** What a performer is made of. */
export interface PerformerParts {
  readonly played: Emitter<Played>;
  readonly beats: BeatClock;
  readonly channels: Channels;
  readonly slots: WordSlots;
  readonly notes: SoundingNotes;
  readonly scheduler: DecodeScheduler;
  readonly planner: WordPlanner;
  readonly modulation: NoteModulation;
  readonly noteLatents: NoteLatents;
  readonly lfo: StyleLfo;
  readonly feed: VoiceParameterFeed;
  readonly keys: Keys;
  readonly arp: Arpeggiator;
}

/**
 * Makes the parts.
 * @param values read by the parts whenever they need one
 * @param down keys of hands that are down, by `handKeyOf`
 */
export function performerParts(
  options: PerformerOptions,
  values: ParameterValues,
  down: ReadonlyMap<number, Press>,
): PerformerParts {
  const { manifest, sendKernel, sendInference, now, sampleRate, startTimer, random = Math.random } = options;
  const { format, speakers } = manifest;
  const directions = manifest.directions.length;
  const nowFrame = (): Samples => Math.round(now() * sampleRate);
  const played = new Emitter<Played>();
  const channels = new Channels();
  const beats = new BeatClock(sampleRate);
  const slots = new WordSlots(manifest);
  const notes = new SoundingNotes(sendKernel, now, sampleRate);
  const isOver = (note: SoundingNote): boolean => keys.isWordOver(note);
  const scheduler = new DecodeScheduler({
    targets: (situation) => slots.targets(situation),
    held: () => slotsOf(notes, (note) => !isOver(note)),
    finished: () => slotsOf(notes, isOver),
    send: sendInference,
    now,
    clipSeconds: clipSamples(format) / format.sampleRate,
    startTimer,
    soundingOnly: options.decodesAhead === false,
  });
  const planner = new WordPlanner({
    values,
    slots,
    speakers: speakers.length,
    random,
    onLyrics: () => options.onLyrics?.(),
  });
  const modulation = new NoteModulation({ values, channels, directions, random });
  const noteLatents = new NoteLatents({ slots, scheduler, notes, modulation, now });
  const hopFrames = (format.hopSamples * sampleRate) / format.sampleRate;
  const lfo = new StyleLfo({ values, slots, scheduler, directions, sampleRate, hopFrames });
  const feed = new VoiceParameterFeed({
    values,
    channels,
    notes,
    slots,
    scheduler,
    modulation,
    lfo,
    directions,
    send: sendKernel,
    nowFrame,
    lineAt: (time) => beats.lineAt(time ?? nowFrame()),
    sampleRate,
  });
  const keys = new Keys({
    values,
    channels,
    modulation,
    noteLatents,
    scheduler,
    notes,
    planner,
    format,
    sampleRate,
    nowFrame,
    onPressureLost: (time) => feed.update(time),
    onNote: (event) => options.onNote?.(event),
    onPlayed: (event) => played.emit(event),
  });
  const arp = new Arpeggiator(
    {
      noteOn: ({ channel, note, velocity, from }, frame) => {
        const key = arpKeyOf(channel, note);
        const hand = handKeyOf(channel, from);
        const { pressure = 0, play } = down.get(hand) ?? {};
        keys.press({ key, hand, channel, midiNote: note, velocity, pressure, pedalled: false, play }, frame);
      },
      noteOff: ({ channel, note }, frame) => keys.lift(arpKeyOf(channel, note), channel, frame),
    },
    random,
  );
  return {
    played,
    beats,
    channels,
    slots,
    notes,
    scheduler,
    planner,
    modulation,
    noteLatents,
    lfo,
    feed,
    keys,
    arp,
  };
}

/** The latest first, slots of single notes before those that others share. */
function slotsOf(notes: SoundingNotes, isMeant: (note: SoundingNote) => boolean): number[] {
  const all = notes.all.reverse().filter(isMeant);
  const single = all.filter((note) => note.noteSlot !== null);
  return [...single, ...all.filter((note) => note.noteSlot === null)].map(slotOfNote);
}
