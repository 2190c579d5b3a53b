// The kernel: messages and frames in, samples out. The same class runs in the AudioWorklet, in Node and offline.
import { requireInteger, requireNumber } from '../contract/errors.ts';
import { defaultPlaying, type Playing } from '../contract/playing.ts';
import type { SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Frames, Hertz, Samples } from '../contract/units.ts';
import { createFft } from '../dsp/createFft.ts';
import { MelFilterbank } from '../dsp/mel.ts';
import { MelInverter } from '../dsp/melInverter.ts';
import { ResamplerFilter } from '../dsp/resampler.ts';
import { ClipBank, DIGITS } from './clipBank.ts';
import { NoteQueue, type QueuedNote } from './noteQueue.ts';
import type { FromKernel, ToKernel } from './protocol.ts';
import { Voice } from './voice.ts';

/** Frames that are mixed at a time; only an inner size, any block length gives the same samples. */
const CHUNK_FRAMES = 128;
/** Voices beyond `maxVoices` in which stolen ones fade out. */
const FADING_VOICES = 4;

/** How to build a kernel. */
export interface KernelOptions {
  readonly format: SpectrogramFormat;
  /** Rate of the samples given out, whole hertz. */
  readonly contextRate: Hertz;
  /** Places of the clip bank: speakers * 10. */
  readonly slots: number;
  readonly styleDimensions: number;
  /** Notes that sound at a time, 1..64, before the oldest is stolen. Default 16. */
  readonly maxVoices?: number;
  /** Default 3 (see PhaseEngineOptions). */
  readonly lookAheadFrames?: Frames;
  /** Default 2. */
  readonly sweeps?: number;
  /** Default 1. */
  readonly seed?: number;
  /**
   * Linear factor on the sum of the voices, 0..1. Default 0.5: two words at full gain cannot clip, and more seldom peak
   * together; what follows the kernel limits the rest.
   */
  readonly outputGain?: number;
  /** How clips of a format with tracks are played. Default `defaultPlaying`. */
  readonly playing?: Playing | undefined;
  /** The compiled generated/pffft.wasm; without it the JavaScript FFT runs. */
  readonly fftModule?: WebAssembly.Module;
}

/** The counters that the kernel reports. */
export type KernelStatus = Omit<Extract<FromKernel, { type: 'status' }>, 'type' | 'id'>;

/**
 * Plays clips. `receive` takes messages between blocks, `process` fills blocks of any length and allocates nothing; any
 * split of the same frames into blocks gives the same samples. A note starts in the block that holds its frame, at that
 * frame; its first frames are computed there and then.
 */
export class Kernel {
  readonly #bank: ClipBank;
  readonly #queue: NoteQueue;
  readonly #voices: readonly Voice[];
  readonly #maxVoices: number;
  readonly #mix = new Float32Array(CHUNK_FRAMES);
  readonly #reply: (message: FromKernel) => void;
  readonly #fftKind: 'simd' | 'javascript';
  readonly #styleDimensions: number;
  readonly #outputGain: number;
  #frame: Samples = 0;
  #notes = 0;
  #underruns = 0;
  #nonFinite = 0;

  /**
   * @param reply receives the answers to 'status' and the errors of malformed messages
   * @throws RangeError on options out of range, naming them
   */
  constructor(options: KernelOptions, reply: (message: FromKernel) => void = () => undefined) {
    const { format, contextRate, slots, styleDimensions, maxVoices = 16, seed = 1 } = options;
    requireInteger('slots', slots, 1, 10000);
    requireInteger('styleDimensions', styleDimensions, 0, 4096);
    requireInteger('maxVoices', maxVoices, 1, 64);
    requireInteger('format.frames', format.frames, 1, 100000);
    this.#outputGain = requireNumber('outputGain', options.outputGain ?? 0.5, 0, 1);
    const { fft, kind } = createFft(format.fftSamples, options.fftModule);
    const parts = {
      format,
      contextRate,
      fft,
      inverter: new MelInverter(new MelFilterbank(format)),
      filter: new ResamplerFilter(format.sampleRate, contextRate),
      engine: {
        hopSamples: format.hopSamples,
        lookAheadFrames: options.lookAheadFrames ?? 3,
        sweeps: options.sweeps ?? 2,
        seed,
      },
      playing: options.playing ?? defaultPlaying,
    };
    this.#fftKind = kind;
    this.#reply = reply;
    this.#maxVoices = maxVoices;
    this.#styleDimensions = styleDimensions;
    this.#bank = new ClipBank(format, slots, styleDimensions);
    this.#queue = new NoteQueue(styleDimensions);
    this.#voices = Array.from({ length: maxVoices + FADING_VOICES }, () => new Voice(parts, CHUNK_FRAMES));
  }

  /** Takes one message. A malformed one is answered with an 'error' and changes nothing. */
  receive(message: ToKernel): void {
    switch (message.type) {
      case 'clip':
        this.#receiveClip(message);
        break;
      case 'noteOn':
        this.#receiveNote(message);
        break;
      case 'noteOff':
        break;
      case 'silence':
        this.#queue.clear();
        for (const voice of this.#voices) if (voice.active) voice.fadeOut();
        break;
      case 'port':
        message.port.onmessage = (event: MessageEvent<ToKernel>) => this.receive(event.data);
        break;
      case 'status':
        this.#reply({ type: 'status', id: message.id, ...this.status() });
        break;
      default:
        this.#reply({ type: 'error', message: 'the kernel was sent a message of an unknown type' });
    }
  }

  /** Notes sounding, clips held, counters since the start, and the FFT in use. */
  status(): KernelStatus {
    return {
      activeVoices: this.#voices.filter((voice) => voice.active).length,
      clips: this.#bank.filled,
      underruns: this.#underruns,
      nonFinite: this.#nonFinite,
      fft: this.#fftKind,
    };
  }

  /**
   * Fills every channel with the next samples (all channels alike); the block's length is that of the first channel.
   * @param frame context frame of the block's first sample; without it the kernel counts by itself from 0
   */
  process(outputs: Float32Array[], frame: Samples = this.#frame): void {
    const channels = outputs.length;
    const length = channels > 0 ? outputs[0].length : 0;
    const mix = this.#mix;
    this.#frame = frame;
    let done = 0;
    while (done < length) {
      while (this.#queue.nextFrame <= this.#frame) this.#startNote(this.#queue.shift());
      const count = Math.min(CHUNK_FRAMES, length - done, this.#queue.nextFrame - this.#frame);
      mix.fill(0);
      for (let i = 0; i < this.#voices.length; i++) {
        if (this.#voices[i].active) this.#voices[i].mix(mix, count);
      }
      for (let n = 0; n < count; n++) {
        let sample = mix[n] * this.#outputGain;
        // NaN and infinity are the only numbers that do not cancel themselves.
        if (sample - sample !== 0) {
          sample = 0;
          this.#nonFinite++;
        }
        for (let channel = 0; channel < channels; channel++) outputs[channel][done + n] = sample;
      }
      done += count;
      this.#frame += count;
    }
  }

  #receiveClip(message: Extract<ToKernel, { type: 'clip' }>): void {
    const { slot, revision, style, features } = message;
    const bank = this.#bank;
    if (
      !this.#isSlot(slot) ||
      style.length !== this.#styleDimensions ||
      features.length !== bank.clipLength
    ) {
      this.#refuse(
        `clip for slot ${slot} must have a slot below ${bank.slots}, ${this.#styleDimensions} style values and ` +
          `${bank.clipLength} features, got ${style.length} and ${features.length}`,
      );
      return;
    }
    // A late answer must not replace a newer one.
    if (revision < bank.revision(slot)) return;
    this.#nonFinite += bank.store(slot, revision, style, features);
    for (const voice of this.#voices) {
      if (!voice.active || voice.fading || voice.slot !== slot || revision <= voice.revision) continue;
      voice.revision = revision;
      voice.crossTo(bank.features, slot * bank.clipLength);
    }
  }

  #receiveNote(message: Extract<ToKernel, { type: 'noteOn' }>): void {
    const { slot, style, gain } = message;
    if (!this.#isSlot(slot) || style.length !== this.#styleDimensions || !(gain >= 0 && gain <= 1)) {
      this.#refuse(
        `noteOn must have a slot below ${this.#bank.slots}, ${this.#styleDimensions} style values and a gain from 0 to 1, ` +
          `got ${slot}, ${style.length} and ${gain}`,
      );
      return;
    }
    const note = this.#queue.insert(Math.max(message.frame ?? 0, this.#frame));
    if (note === undefined) {
      this.#underruns++;
      return;
    }
    note.noteId = message.noteId;
    note.slot = slot;
    note.revision = message.revision;
    note.gain = gain;
    note.fromStart = message.from === 'start';
    note.style.set(style);
  }

  #isSlot(slot: number): boolean {
    return Number.isInteger(slot) && slot >= 0 && slot < this.#bank.slots;
  }

  #refuse(message: string): void {
    this.#reply({ type: 'error', message });
  }

  /** Starts the slot's own clip when it is of the wanted revision, else the nearest one of the digit. */
  #startNote(note: QueuedNote): void {
    const bank = this.#bank;
    const isExact = bank.revision(note.slot) >= note.revision && bank.revision(note.slot) >= 0;
    const source = isExact ? note.slot : bank.nearest(note.slot, note.style, 0);
    if (source < 0) {
      this.#underruns++;
      return;
    }
    const voice = this.#freeVoice();
    voice.noteId = note.noteId;
    voice.slot = note.slot;
    voice.revision = source === note.slot ? bank.revision(source) : -1;
    voice.age = this.#notes++;
    voice.start(bank.features, source * bank.clipLength, note.gain, note.fromStart);
  }

  /** An idle voice. With `maxVoices` sounding, the oldest begins to fade; with no idle voice, the oldest fading one is cut. */
  #freeVoice(): Voice {
    const voices = this.#voices;
    let idle = -1;
    let oldest = -1;
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
        if (oldest < 0 || voice.age < voices[oldest].age) oldest = i;
      }
    }
    if (sounding >= this.#maxVoices) voices[oldest].fadeOut();
    return voices[idle >= 0 ? idle : oldestFading];
  }
}

/** Slot of a speaker's digit. */
export function slotOf(speaker: number, digit: number): number {
  return speaker * DIGITS + digit;
}
