// The kernel: messages and frames in, samples out. The same class runs in the AudioWorklet, in Node and offline.
// Long, because every kind of message is carried out here; what may be wrong with one is in kernelMessages.ts.
import { requireInteger, requireNumber } from '../contract/errors.ts';
import { soundTargets, type NoteOffsets } from '../contract/modulation.ts';
import { defaultPlaying, type Playing } from '../contract/playing.ts';
import type { SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Frames, Hertz, Samples, Seconds } from '../contract/units.ts';
import { areReadDifferently, type VoiceParameters } from '../contract/voiceParameters.ts';
import { createLoops } from '../dsp/createLoops.ts';
import type { Loops } from '../dsp/loops.ts';
import { liveSetting, type Effort } from '../dsp/phaseEngine.ts';
import { Random } from '../dsp/random.ts';
import type { EngineModules } from '../dsp/wasmLoops.ts';
import { ClipBank, DIGITS } from './clipBank.ts';
import { ClipShape } from './clipShape.ts';
import { EventQueue, QueuedEvent, type EventKind } from './eventQueue.ts';
import { LoadGovernor } from './loadGovernor.ts';
import { faultOfClipFrom, faultOfMessage, type MessageSizes } from './kernelMessages.ts';
import { OFFSETS } from './voiceModulation.ts';
import type { FromKernel, ToKernel } from './kernelProtocol.ts';
import type { SharedVoiceState } from './sharedVoiceState.ts';
import { makeVoiceParts, Voice, voiceBytes } from './voice.ts';

/** Frames that are mixed at a time; only an inner size, any block length gives the same samples. */
const CHUNK_FRAMES = 128;
/**
 * Voices beyond `maxVoices` in which stolen ones fade out, for each of those and at least: beside 64 the 20 that start in
 * the time of a fade, so that a chord upon a chord cuts none off, which would click.
 */
const FADING_SHARE = 5 / 16;
const LEAST_FADING = 4;
/**
 * Notes that may start in one cell, a render quantum; further ones wait for the next cells, eight in each, so that the
 * 64th of a chord is seven cells late. A start makes five frames at once, 84 us as measured: 56 of them took 1.8
 * quanta. A MIDI cable takes four times as long to bring the chord.
 */
const STARTS_PER_CELL = 8;
/** Notes of a cell's own that start on time even where eight that have waited start before them. */
const TIMELY_STARTS = 2;
const LARGEST_CELL: Samples = 128;
/** At low rates a quantum lasts longer, and holds several cells: a file of 8 kHz has the onsets of live play. */
const LONGEST_CELL: Seconds = LARGEST_CELL / 44_100;
/** Hops that `warmUp` plays; V8 was seen to switch after 450. */
const WARM_HOPS = 800;

/** How to build a kernel. */
export interface KernelOptions {
  readonly format: SpectrogramFormat;
  /** Rate of the samples given out, whole hertz. */
  readonly contextRate: Hertz;
  /** Places of the clip bank: speakers * 10. */
  readonly slots: number;
  readonly styleDimensions: number;
  /** Notes that sound at a time, 1..64, before the oldest is stolen. Default 64. */
  readonly maxVoices?: number;
  /** 0..32. Default 3 (see liveSetting). */
  readonly lookAheadFrames?: Frames;
  /** 0..16. Default 2. */
  readonly sweeps?: number;
  /** A whole number of 32 bits. Default 1. */
  readonly seed?: number;
  /**
   * Linear factor on the sum of the voices, 0..1. Default 0.5: two words at full gain cannot clip, and more
   * seldom peak together; what follows the kernel limits the rest.
   */
  readonly outputGain?: number;
  /** How clips of a format with tracks are played. Default `defaultPlaying`. */
  readonly playing?: Playing | undefined;
  /** The compiled WebAssembly of the hot loops; without it they run in JavaScript. */
  readonly modules?: EngineModules | undefined;
  /**
   * Seconds of any monotonous clock. With it the kernel measures its load and, under pressure, spends less (see
   * LoadGovernor); without it the samples depend on the messages alone.
   */
  readonly clock?: (() => Seconds) | undefined;
}

/** The counters that the kernel reports. */
export type KernelStatus = Omit<Extract<FromKernel, { type: 'status' }>, 'type' | 'id'>;

/**
 * Plays clips. `receive` takes messages between blocks, `process` fills blocks of any length and allocates
 * nothing; any split of the same frames into blocks gives the same samples. A note starts in the block that holds
 * its frame, at that frame; its first frames are computed there and then.
 */
export class Kernel {
  readonly #bank: ClipBank;
  readonly #queue: EventQueue;
  readonly #voices: readonly Voice[];
  readonly #maxVoices: number;
  readonly #state: SharedVoiceState;
  readonly #left = new Float32Array(CHUNK_FRAMES);
  readonly #right = new Float32Array(CHUNK_FRAMES);
  readonly #reply: (message: FromKernel) => void;
  #clipPort: MessagePort | null = null;
  readonly #loops: Loops['kind'];
  readonly #clock: (() => Seconds) | undefined;
  readonly #governor: LoadGovernor;
  readonly #sizes: MessageSizes;
  readonly #outputGain: number;
  readonly #format: SpectrogramFormat;
  readonly #contextRate: Hertz;
  #frame: Samples = 0;
  #notes = 0;
  #missedNotes = 0;
  readonly #cellFrames: Samples;
  /** Cell of the last start, starts in it, and how many of those were on time. */
  #cell = -1;
  #startsInCell = 0;
  #timelyStarts = 0;
  #nonFinite = 0;
  #failedBlocks = 0;
  /** Stands in for a place in the queue when that is full. */
  readonly #spare: QueuedEvent;

  /**
   * @param reply receives the answers to 'status' and the errors of malformed messages
   * @throws RangeError on options out of range, naming them
   */
  constructor(options: KernelOptions, reply: (message: FromKernel) => void = () => undefined) {
    const { format, contextRate, slots, styleDimensions, maxVoices = 64, seed = 1 } = options;
    requireInteger('slots', slots, 1, 10000);
    requireInteger('styleDimensions', styleDimensions, 0, 4096);
    requireInteger('maxVoices', maxVoices, 1, 64);
    requireInteger('format.frames', format.frames, 1, 100000);
    this.#outputGain = requireNumber('outputGain', options.outputGain ?? 0.5, 0, 1);
    const full: Effort = {
      lookAheadFrames: requireInteger(
        'lookAheadFrames',
        options.lookAheadFrames ?? liveSetting.lookAheadFrames,
        0,
        32,
      ),
      sweeps: requireInteger('sweeps', options.sweeps ?? liveSetting.sweeps, 0, 16),
    };
    const plan = {
      format,
      contextRate,
      playing: options.playing ?? defaultPlaying,
      maxLookAheadFrames: full.lookAheadFrames,
      seed,
      voices: maxVoices + Math.max(LEAST_FADING, Math.ceil(FADING_SHARE * maxVoices)),
    };
    const loops = createLoops(format.fftSamples, options.modules, voiceBytes(plan));
    const parts = makeVoiceParts(plan, loops);
    this.#state = parts.state;
    this.#loops = loops.kind;
    this.#clock = options.clock;
    this.#governor = new LoadGovernor({
      contextRate,
      full,
      hopSeconds: format.hopSamples / format.sampleRate,
    });
    this.#reply = reply;
    this.#format = format;
    this.#contextRate = contextRate;
    this.#cellFrames = Math.min(LARGEST_CELL, Math.ceil(LONGEST_CELL * contextRate));
    this.#maxVoices = maxVoices;
    this.#bank = new ClipBank(format, slots, styleDimensions);
    this.#sizes = { slots, styleDimensions, clipLength: this.#bank.clipLength };
    this.#queue = new EventQueue(styleDimensions);
    this.#spare = new QueuedEvent(styleDimensions);
    this.#voices = Array.from({ length: plan.voices }, (_, i) => new Voice(parts, i, CHUNK_FRAMES));
  }

  /**
   * Plays noise to nowhere for some tens of milliseconds of processor time, so that the machine code of the hot
   * loops is made before the first note: the switch from the quickly compiled code to the fast one stops a block
   * for up to a millisecond. Changes nothing that can be heard.
   */
  warmUp(): void {
    const random = new Random(1);
    const features = Float32Array.from({ length: this.#bank.clipLength }, () => random.uniform(0, 1));
    const { effort } = this.#governor;
    const note = {
      gain: 1,
      expression: 1,
      velocity: 1,
      pan: 0,
      fromStart: false,
      speed: 1,
      pitchHz: 0,
      pitchRatio: 1,
      position: -1,
      isStruck: false,
      offsets: new Float32Array(OFFSETS),
    };
    const shape = new ClipShape();
    const voice = this.#voices[0];
    const hopFrames = (this.#format.hopSamples * this.#contextRate) / this.#format.sampleRate;
    const mixes = Math.ceil((WARM_HOPS * hopFrames) / CHUNK_FRAMES);
    for (let i = 0; i < mixes; i++) {
      if (!voice.active) voice.start(features, 0, shape, note, 0, 0, effort);
      voice.mix(this.#left, this.#right, CHUNK_FRAMES, effort);
    }
    voice.active = false;
  }

  /** Takes one message. A malformed one is answered with an 'error' and changes nothing. */
  receive(message: ToKernel): void {
    const fault = faultOfMessage(message, this.#sizes);
    if (fault !== undefined) {
      this.#reply({ type: 'error', message: fault });
      return;
    }
    switch (message.type) {
      case 'clip':
        this.#receiveClip(message);
        break;
      case 'noteOn':
        this.#receiveNote(message);
        break;
      case 'noteOff':
        this.#receiveNoteOff(message);
        break;
      case 'control':
        this.#receiveControl(message);
        break;
      case 'changes':
        for (const change of message.changes) this.receive(change);
        break;
      case 'word':
        this.#receiveWord(message);
        break;
      case 'parameters':
        this.#receiveParameters(message);
        break;
      case 'silence':
        this.#queue.clear();
        for (const voice of this.#voices) if (voice.active) voice.fadeOut();
        break;
      case 'port':
        this.#listenTo(message.port);
        break;
      case 'close':
        this.#clipPort?.close();
        this.#clipPort = null;
        break;
      case 'status':
        this.#reply({ type: 'status', id: message.id, ...this.status() });
    }
  }

  /** Another thread may send anything at all: only clips that can be played are let in. */
  #listenTo(port: MessagePort): void {
    this.#clipPort?.close();
    this.#clipPort = port;
    let isTrusted = true;
    const refuse = (message: string): void => {
      // A flood of nonsense is told once: whoever hears of it ends the thread.
      if (isTrusted) this.#reply({ type: 'refused', message });
      isTrusted = false;
    };
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (port !== this.#clipPort) return;
      const fault = faultOfClipFrom(data, this.#sizes);
      if (fault === undefined) this.#receiveClip(data as Extract<ToKernel, { type: 'clip' }>);
      else refuse(fault);
    };
    port.onmessageerror = () => refuse('a message could not be read');
  }

  /** True while a note sounds, or waits for its frame. */
  sounds(noteId: number): boolean {
    for (const voice of this.#voices) if (voice.active && voice.noteId === noteId) return true;
    return this.#queue.find(noteId) !== undefined;
  }

  /** Notes sounding, clips held, load, effort and counters since the start. */
  status(): KernelStatus {
    const { load, effort, overruns } = this.#governor;
    return {
      frame: this.#frame,
      failedBlocks: this.#failedBlocks,
      activeVoices: this.#voices.filter((voice) => voice.active).length,
      clips: this.#bank.filled,
      missedNotes: this.#missedNotes,
      underruns: overruns,
      load,
      lookAheadFrames: effort.lookAheadFrames,
      sweeps: effort.sweeps,
      nonFinite: this.#nonFinite,
      loops: this.#loops,
    };
  }

  /**
   * Work done since construction in units of one FFT, by the steps' known costs: no clock, the same on every
   * machine.
   */
  get work(): number {
    let work = 0;
    for (let i = 0; i < this.#voices.length; i++) work += this.#voices[i].work;
    return work;
  }

  /**
   * Fills the channels with the next samples; the block's length is that of the first. One channel gets the sum
   * of the voices wherever they stand; of more the first gets the left, the second the right and so on in turns.
   * @param frame context frame of the block's first sample; without it the kernel counts by itself from 0
   */
  process(outputs: Float32Array[], frame: Samples = this.#frame): void {
    const begin = this.#clock ? this.#clock() : 0;
    this.#frame = frame;
    this.#fill(outputs);
    if (!this.#clock || outputs.length === 0) return;
    this.#governor.update(this.#clock() - begin, outputs[0].length);
    if (this.#governor.mustShed) this.#shed();
  }

  /** A block could not be made: every voice and all that waits is let go, as what they hold may be the reason. */
  abandonBlock(): void {
    this.#failedBlocks++;
    this.#queue.clear();
    for (let i = 0; i < this.#voices.length; i++) this.#voices[i].active = false;
  }

  #fill(outputs: Float32Array[]): void {
    const channels = outputs.length;
    const length = channels > 0 ? outputs[0].length : 0;
    const left = this.#left;
    const right = channels > 1 ? this.#right : undefined;
    const { effort } = this.#governor;
    let done = 0;
    while (done < length) {
      this.#carryOut();
      const count = Math.min(CHUNK_FRAMES, length - done, this.#queue.nextFrame - this.#frame) | 0;
      left.fill(0);
      if (right) right.fill(0);
      for (let i = 0; i < this.#voices.length; i++) {
        if (this.#voices[i].active) this.#voices[i].mix(left, right, count, effort);
      }
      for (let channel = 0; channel < channels; channel++) {
        const mix = right && channel % 2 === 1 ? right : left;
        const output = outputs[channel];
        for (let n = 0; n < count; n++) {
          let sample = mix[n] * this.#outputGain;
          // NaN and infinity are the only numbers that do not cancel themselves.
          if (sample - sample !== 0) {
            sample = 0;
            this.#nonFinite++;
          }
          output[done + n] = sample;
        }
      }
      done += count;
      this.#frame += count;
    }
  }

  /** Carries out what is due, but for notes that too many started beside; the rule knows frames, not blocks. */
  #carryOut(): void {
    const cell = Math.floor(this.#frame / this.#cellFrames);
    if (cell !== this.#cell) {
      this.#cell = cell;
      this.#startsInCell = 0;
      this.#timelyStarts = 0;
    }
    const queue = this.#queue;
    while (queue.nextFrame <= this.#frame) {
      if (queue.isNextNote && !this.#mayStart(queue.isNextDeferred)) {
        this.#defer((cell + 1) * this.#cellFrames);
        continue;
      }
      const event = queue.shift();
      if (event.kind === 'noteOn') {
        this.#startsInCell++;
        if (!event.deferred) this.#timelyStarts++;
        this.#startNote(event);
      } else this.#apply(event);
    }
  }

  #mayStart(hasWaited: boolean): boolean {
    if (this.#startsInCell < STARTS_PER_CELL) return true;
    return !hasWaited && this.#timelyStarts < TIMELY_STARTS;
  }

  /**
   * Lets the first note wait. Of more than there are voices the oldest is given up: those that came after it would take
   * its voice from it before it is heard.
   */
  #defer(frame: Samples): void {
    const queue = this.#queue;
    if (!queue.isNextDeferred && queue.deferredNotes >= this.#maxVoices) {
      // What has waited lies behind the note that comes now.
      queue.dropDeferred();
      this.#missedNotes++;
    }
    queue.defer(frame);
  }

  #apply(event: QueuedEvent): void {
    switch (event.kind) {
      case 'noteOn':
        this.#startNote(event);
        break;
      case 'noteOff':
        // Notes that have not begun are released too: a held one would never end.
        this.#queue.release(event.noteId, this.#frame);
        for (let i = 0; i < this.#voices.length; i++) {
          const voice = this.#voices[i];
          if (voice.active && voice.noteId === event.noteId) voice.release();
        }
        break;
      case 'control':
        this.#control(event);
        break;
      case 'word':
        this.#changeWord(event);
        break;
      case 'parameters':
        this.#changeParameters(event.parameters);
    }
  }

  /** Fades one voice, since the load leaves no other way: the oldest whose key is up, else the oldest. */
  #shed(): void {
    const voices = this.#voices;
    let chosen = -1;
    for (let i = 0; i < voices.length; i++) {
      const voice = voices[i];
      if (!voice.active || voice.fading) continue;
      const best = chosen < 0 ? undefined : voices[chosen];
      if (
        best === undefined ||
        (voice.released && !best.released) ||
        (voice.released === best.released && voice.age < best.age)
      ) {
        chosen = i;
      }
    }
    if (chosen >= 0) voices[chosen].fadeOut();
    this.#governor.shed();
  }

  #changeParameters(parameters: VoiceParameters): void {
    const isReadElse = areReadDifferently(parameters, this.#state.parameters);
    this.#state.set(parameters, this.#frame);
    if (!isReadElse) return;
    for (let i = 0; i < this.#voices.length; i++) {
      if (this.#voices[i].active) this.#voices[i].changeReading();
    }
  }

  #receiveClip(message: Extract<ToKernel, { type: 'clip' }>): void {
    const { slot, revision, digit = slot % DIGITS, noteId, style, features } = message;
    const bank = this.#bank;
    // A late answer must not replace a newer one.
    if (revision < bank.revision(slot)) return;
    bank.store(slot, revision, digit, style, features);
    for (const voice of this.#voices) {
      if (!voice.active || voice.fading || voice.slot !== slot || revision <= voice.revision) continue;
      if (noteId !== undefined && voice.noteId !== noteId) continue;
      voice.revision = revision;
      voice.crossTo(bank.features, slot * bank.clipLength, bank.shape(slot));
    }
  }

  #receiveNote(message: Extract<ToKernel, { type: 'noteOn' }>): void {
    const { slot, style, gain, speed = 1, pitchHz = 0, velocity = 1, pan = 0 } = message;
    const { digit = slot % DIGITS, offsets } = message;
    const note = this.#queue.insert('noteOn', this.#dueAt(message.frame));
    if (note === undefined) {
      this.#missedNotes++;
      return;
    }
    note.noteId = message.noteId;
    note.slot = slot;
    note.revision = message.revision;
    note.digit = digit;
    note.gain = gain;
    note.velocity = velocity;
    note.pan = pan;
    note.fromStart = message.from === 'start';
    note.isStruck = message.isStruck === true;
    note.speed = speed;
    note.pitchHz = pitchHz;
    note.style.set(style);
    writeOffsets(note.offsets, offsets);
  }

  /** Frame at which a message is carried out; NaN, which Math.max would hand on, means now too. */
  #dueAt(frame: Samples | undefined): Samples {
    return frame !== undefined && frame > this.#frame ? frame : this.#frame;
  }

  /** A place in the queue; when that is full, one whose event is carried out at once: better early than never. */
  #place(kind: EventKind, frame: Samples | undefined): QueuedEvent {
    return this.#queue.insert(kind, this.#dueAt(frame)) ?? this.#spare;
  }

  #placed(event: QueuedEvent, kind: EventKind): void {
    if (event !== this.#spare) return;
    event.kind = kind;
    this.#apply(event);
  }

  #receiveNoteOff({ noteId, frame }: Extract<ToKernel, { type: 'noteOff' }>): void {
    const event = this.#place('noteOff', frame);
    event.noteId = noteId;
    this.#placed(event, 'noteOff');
  }

  #receiveControl(message: Extract<ToKernel, { type: 'control' }>): void {
    const { offsets, position, glideSeconds = 0 } = message;
    const { sampleRate, hopSamples } = this.#format;
    const event = this.#place('control', message.frame);
    event.noteId = message.noteId ?? NaN;
    event.speed = message.speed ?? NaN;
    event.pitchHz = message.pitchHz ?? NaN;
    event.glideSeconds = glideSeconds;
    event.pitchRatio = message.pitchRatio ?? NaN;
    event.gain = message.gain ?? NaN;
    event.pan = message.pan ?? NaN;
    event.position = position === undefined ? NaN : (position * sampleRate) / hopSamples;
    event.hasOffsets = offsets !== undefined;
    writeOffsets(event.offsets, offsets);
    this.#placed(event, 'control');
  }

  #receiveWord(message: Extract<ToKernel, { type: 'word' }>): void {
    const { slot, style, digit = slot % DIGITS } = message;
    const event = this.#place('word', message.frame);
    event.noteId = message.noteId;
    event.slot = slot;
    event.revision = message.revision;
    event.digit = digit;
    event.atPlace = message.at === 'place';
    event.isSameWord = message.at === 'same';
    event.style.set(style);
    this.#placed(event, 'word');
  }

  #receiveParameters({ parameters, frame }: Extract<ToKernel, { type: 'parameters' }>): void {
    const event = this.#place('parameters', frame);
    event.parameters = parameters;
    this.#placed(event, 'parameters');
  }

  /** Changes one note, which may wait still, or all that sound. */
  #control(event: QueuedEvent): void {
    const waiting = this.#queue.find(event.noteId);
    if (waiting) {
      if (isGiven(event.speed)) waiting.speed = event.speed;
      if (isGiven(event.pitchHz)) {
        if (event.glideSeconds === 0) waiting.pitchHz = event.pitchHz;
        waiting.glideHz = event.pitchHz;
        waiting.glideSeconds = event.glideSeconds;
      }
      if (isGiven(event.pitchRatio)) waiting.pitchRatio = event.pitchRatio;
      if (isGiven(event.gain)) waiting.expression = event.gain;
      if (isGiven(event.pan)) waiting.pan = event.pan;
      if (isGiven(event.position)) waiting.position = event.position;
      if (event.hasOffsets) waiting.offsets.set(event.offsets);
    }
    const isForAll = !isGiven(event.noteId);
    for (let i = 0; i < this.#voices.length; i++) {
      const voice = this.#voices[i];
      if (!voice.active || (!isForAll && voice.noteId !== event.noteId)) continue;
      if (isGiven(event.speed)) voice.setSpeed(event.speed);
      if (isGiven(event.position)) voice.jumpTo(event.position);
      if (isGiven(event.pitchHz)) voice.setPitch(event.pitchHz, event.glideSeconds);
      if (isGiven(event.pitchRatio)) voice.setPitchRatio(event.pitchRatio);
      if (isGiven(event.gain)) voice.setExpression(event.gain);
      if (isGiven(event.pan)) voice.setPan(event.pan);
      if (event.hasOffsets) voice.setOffsets(event.offsets);
    }
  }

  /** A sounding note crosses over to another word; one that waits begins with it. */
  #changeWord(event: QueuedEvent): void {
    const bank = this.#bank;
    const waiting = this.#queue.find(event.noteId);
    if (waiting) {
      waiting.slot = event.slot;
      waiting.revision = event.revision;
      waiting.digit = event.digit;
      waiting.style.set(event.style);
    }
    const source = this.#sourceOf(event);
    const isExact = this.#isExact(event);
    for (let i = 0; i < this.#voices.length; i++) {
      const voice = this.#voices[i];
      if (!voice.active || voice.fading || voice.noteId !== event.noteId) continue;
      if (source < 0) {
        this.#missedNotes++;
        continue;
      }
      voice.slot = event.slot;
      voice.revision = isExact ? bank.revision(source) : event.revision - 1;
      if (event.isSameWord) {
        if (isExact) voice.crossTo(bank.features, source * bank.clipLength, bank.shape(source));
        continue;
      }
      voice.changeWord(bank.features, source * bank.clipLength, bank.shape(source), event.atPlace);
    }
  }

  /** The slot's own clip when it is of the wanted revision, else the nearest one of the digit; -1 without any. */
  #sourceOf(event: QueuedEvent): number {
    return this.#isExact(event) ? event.slot : this.#bank.nearest(event.digit, event.style);
  }

  /** True when the slot's own clip is of the wanted revision. */
  #isExact(event: QueuedEvent): boolean {
    const held = this.#bank.revision(event.slot);
    return held >= 0 && held >= event.revision;
  }

  #startNote(note: QueuedEvent): void {
    const bank = this.#bank;
    const source = this.#sourceOf(note);
    if (source < 0) {
      this.#missedNotes++;
      return;
    }
    const voice = this.#freeVoice();
    voice.noteId = note.noteId;
    voice.slot = note.slot;
    const isExact = this.#isExact(note);
    voice.revision = isExact ? bank.revision(source) : note.revision - 1;
    voice.age = this.#notes++;
    voice.start(
      bank.features,
      source * bank.clipLength,
      bank.shape(source),
      note,
      voice.age,
      this.#frame,
      this.#governor.effort,
    );
    if (isGiven(note.glideHz)) voice.setPitch(note.glideHz, note.glideSeconds);
    // A note that waited for its turn sounds as long as it was to: where its key is up sooner it would not be heard at all.
    const { heldFrames, noteId } = note;
    if (heldFrames === 0) voice.release();
    else if (heldFrames > 0) {
      const off = this.#place('noteOff', this.#frame + heldFrames);
      off.noteId = noteId;
      this.#placed(off, 'noteOff');
    }
  }

  /**
   * An idle voice. With `maxVoices` sounding, one begins to fade: the quietest whose key is up, else the
   * quietest. With no idle voice, the oldest fading one is cut.
   */
  #freeVoice(): Voice {
    const voices = this.#voices;
    let idle = -1;
    let chosen = -1;
    let oldestFading = -1;
    let sounding = 0;
    for (let i = 0; i < voices.length; i++) {
      const voice = voices[i];
      if (!voice.active) {
        if (idle < 0) idle = i;
      } else if (voice.fading) {
        if (oldestFading < 0 || voice.age < voices[oldestFading].age) oldestFading = i;
      } else {
        sounding++;
        if (chosen < 0 || isStolenBefore(voice, voices[chosen])) chosen = i;
      }
    }
    if (sounding >= this.#maxVoices) voices[chosen].fadeOut();
    return voices[idle >= 0 ? idle : oldestFading];
  }
}

function isStolenBefore(a: Voice, b: Voice): boolean {
  if (a.released !== b.released) return a.released;
  const difference = a.loudness - b.loudness;
  return difference < 0 || (difference === 0 && a.age < b.age);
}

/** False for NaN: what a control leaves alone. */
function isGiven(value: number): boolean {
  return value === value;
}

/** A note's distances in the order of `soundTargets`; 0 for those that are not given. */
function writeOffsets(into: Float32Array, offsets: NoteOffsets | undefined): void {
  for (let k = 0; k < OFFSETS; k++) into[k] = offsets?.[soundTargets[k]] ?? 0;
}
