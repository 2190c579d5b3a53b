// A voice: plays a clip, from features to samples at the context rate, each hop's work spread over its quanta.
// Long, because one schedule ties reading, engine, harmonics, resampler and envelopes together; each has a file of its own.
import type { HoldMode } from '../contract/choices.ts';
import { requireInteger } from '../contract/errors.ts';
import type { Playing } from '../contract/playing.ts';
import { frameValues, type SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Frames, Hertz, Samples, Seconds } from '../contract/units.ts';
import { Air, AirTables } from '../dsp/air.ts';
import { HarmonicPart, plainTimbre } from '../dsp/harmonics.ts';
import { hasHarmonics, HarmonicTables, PIECES } from '../dsp/harmonicTables.ts';
import { gainOfDecibels } from '../dsp/loudness.ts';
import type { Loops } from '../dsp/loops.ts';
import { MelFilterbank } from '../dsp/mel.ts';
import { MelInverter } from '../dsp/melInverter.ts';
import { PhaseEngine, stepCosts, type Effort, type FrameSource } from '../dsp/phaseEngine.ts';
import { padded, PhaseTables } from '../dsp/phaseTables.ts';
import { Resampler, ResamplerFilter } from '../dsp/resampler.ts';
import { Amplitude } from './amplitude.ts';
import { ClipShape } from './clipShape.ts';
import { Modulation, type NoteSound } from './voiceModulation.ts';
import { chance } from './oscillator.ts';
import { SharedVoiceState } from './sharedVoiceState.ts';
import { ReadHead } from './readHead.ts';

/** What is heard before the onset; long enough for a plosive's closure to open. */
const PRE_ROLL: Seconds = 0.008;
/** Frames over which a voice crosses over to a newer clip, in features (log magnitude). */
const CROSSING_FRAMES = 5;
/**
 * Noise whose level moves by less than this over two hops gets random phases, so that it never rings; see
 * PhaseEngine.
 */
const SMOOTH_NEPERS = 0.5;
/**
 * Costs in units of one FFT (see `stepCosts`), as measured: a piece of a hop, each harmonic of it, and 64 output
 * samples.
 */
const PIECE_COST = 0.8;
const HARMONIC_COST = 0.05;
const OUTPUT_COST = 0.8;
/** The same for 64 output samples of air. */
const AIR_COST = 7;
/**
 * Share by which the loudness of what plays falls at each piece, and how long a note counts as loud as it may
 * become.
 */
const LOUDNESS_FALL = 0.96;
const NEWBORN: Seconds = 0.1;
/** Share of a step's cost that must be due at least before it runs. */
const LEAST_STAGGER = 0.25;

/** What the voices of a kernel share; everything but the options is used by one voice at a time. */
export interface VoiceParts {
  readonly format: SpectrogramFormat;
  readonly contextRate: Hertz;
  readonly loops: Loops;
  readonly tables: PhaseTables;
  readonly inverter: MelInverter;
  readonly filter: ResamplerFilter;
  /** Absent when clips are played as spectrograms alone. */
  readonly harmonics: HarmonicTables | undefined;
  /** Absent where nothing can sound above the model's highest frequency. */
  readonly air: AirTables | undefined;
  /** What all voices play by. */
  readonly state: SharedVoiceState;
  /** Magnitudes that nobody keeps. */
  readonly scratch: Float32Array;
  readonly maxLookAheadFrames: Frames;
  readonly seed: number;
}

/** What the parts of a kernel's voices need of the loops' memory, and how they are made. */
export interface VoicePlan {
  readonly format: SpectrogramFormat;
  readonly contextRate: Hertz;
  readonly playing: Playing;
  readonly maxLookAheadFrames: Frames;
  readonly seed: number;
  readonly voices: number;
}

/** Bytes of the loops' memory that `makeVoiceParts` and `voices` voices take, at most. */
export function voiceBytes(plan: VoicePlan): number {
  const { format, contextRate, maxLookAheadFrames, voices } = plan;
  requireInteger('contextRate', contextRate, 1000, 768000, 'whole hertz');
  const { fftSamples, hopSamples, melBands, sampleRate } = format;
  const taps = 68 * Math.max(1, sampleRate / contextRate);
  const divisor = greatestCommonDivisor(sampleRate, contextRate);
  const filter = 4 * (Math.min(contextRate / divisor, 1024) + 1) * taps;
  const buffers = 4 * (4 * hopSamples + 4 * taps + sampleRate / divisor + 2 * melBands) + 1024;
  const { tracks } = format;
  const harmonics = hasHarmonics(tracks)
    ? HarmonicPart.bytes({ sampleRate, fftSamples, hopSamples, maxLookAheadFrames, tracks })
    : 0;
  const shared = (100 + (4 * fftSamples) / hopSamples) * fftSamples + 128 * melBands + 4096 + filter;
  return shared + voices * (PhaseEngine.bytes(fftSamples, maxLookAheadFrames) + harmonics + buffers);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Makes what the voices of one kernel share. */
export function makeVoiceParts(plan: VoicePlan, loops: Loops): VoiceParts {
  const { format, contextRate, playing, maxLookAheadFrames, seed } = plan;
  const { tracks } = format;
  const air = new AirTables(format.sampleRate, contextRate, seed);
  const harmonics =
    playing === 'harmonic' && hasHarmonics(tracks)
      ? new HarmonicTables(loops, { ...format, maxLookAheadFrames, tracks })
      : undefined;
  return {
    format,
    contextRate,
    loops,
    tables: new PhaseTables(loops, format.hopSamples),
    inverter: new MelInverter(new MelFilterbank(format), loops),
    filter: new ResamplerFilter(format.sampleRate, contextRate, loops),
    harmonics,
    air: harmonics && air.hasRoom ? air : undefined,
    state: new SharedVoiceState(contextRate),
    scratch: loops.floats(padded(format.fftSamples / 2 + 1)),
    maxLookAheadFrames,
    seed,
  };
}

/** How a note starts. */
export interface VoiceStart extends NoteSound {
  /** True where it sounds to its end, however long its key is down. */
  readonly isStruck: boolean;
  /** Linear, 0..1, and a factor on it. */
  readonly gain: number;
  readonly expression: number;
  /** From the clip's sample 0 instead of shortly before its onset. */
  readonly fromStart: boolean;
  /** Place in the clip that is heard first, in frames; -1 for the onset or, backwards, the word's end. */
  readonly position: Frames;
}

/**
 * A voice owns copies of the clip that it plays and of the one that it crosses over to, so the bank may be
 * overwritten at any time. `start` makes what is heard first with the least effort that sounds (no look-ahead, no
 * sweeps); the look-ahead then grows by a frame each hop. Each later hop is a list of steps of which `mix` runs
 * the share that is due, so no quantum carries a whole hop. The constructor allocates, nothing else does.
 */
export class Voice implements FrameSource {
  noteId = 0;
  slot = 0;
  /**
   * Revision of the clip that is played or crossed over to; while that is borrowed from another slot, the one
   * before what the note has asked for.
   */
  revision = -1;
  /** Counts up over the kernel's notes: the smallest is the oldest. */
  age = 0;
  active = false;
  /** True once the key is up. */
  released = false;

  readonly #parts: VoiceParts;
  readonly #engine: PhaseEngine;
  /** The voiced part of clips that have tracks; the engine plays all of a clip without it. */
  readonly #harmonics: HarmonicPart | undefined;
  readonly #resampler: Resampler;
  /** Share of a step's cost that must be due before it runs. */
  readonly #stagger: number;
  readonly #pieceSamples: Samples;
  readonly #preRoll: Samples;
  /** Values of a frame of a clip. */
  readonly #values: number;
  #playing: Float32Array;
  #coming: Float32Array;
  /** Levels of the clip that is left behind, while it crosses over to one whose levels the head has. */
  readonly #left = new ClipShape();
  readonly #mel: Float32Array;
  /**
   * `magnitudeOfFeature` would take this logarithm for each band, and all its calls cost as much as seven FFTs.
   */
  readonly #logCeiling: number;
  readonly #channels: Float32Array;
  readonly #pieceOut: Float32Array;
  readonly #block: Float32Array;
  #crossing = 0;
  /**
   * Where in the clip that is left behind frames are read while it crosses over to another word; NaN in the same
   * word.
   */
  #leaving: Frames = NaN;
  /** Places that the last frames were read at, by the number of the frame. */
  readonly #places: Float64Array;
  /** How far the vowel was held in each of them. */
  readonly #vowelShares: Float64Array;
  /**
   * True when frames that are not heard yet are to be read anew from the next hop on; from which place, NaN for
   * their own.
   */
  #isStale = false;
  #resumeAt: Frames = NaN;
  /** True when the next piece is the first to go towards a newer clip, and the last frame taken again for it. */
  #isSettingOut = false;
  #takenAgain: Frames = -1;
  /** What the frames of the present hop are read with; pieces go their own way. */
  readonly #reading = { ...plainTimbre, vowelShare: 0 };
  #speed = 1;
  readonly #head = new ReadHead();
  readonly #amplitude: Amplitude;
  readonly #modulation: Modulation;
  readonly #air: Air | undefined;
  readonly #top = { f0Hz: 0, atHz: 0, harmonic: 0, noise: 0, slope: 0 };
  readonly #hopSeconds: Seconds;
  /** Context frame at which the note began. */
  #startFrame: Samples = 0;
  /** Gain of the note and a factor on it. */
  #gain = 0;
  #expression = 1;
  #isStruck = false;
  /** Greatest level of the last pieces, before gains. */
  #loudness = 0;
  #framesRead: Frames = 0;
  /** Sample of the first frame's middle less that of the first sample heard. */
  #lead: Samples = 0;
  /** Pieces of the emitted hop that are played. */
  #piece = PIECES;
  #played: Samples = 0;
  /**
   * The next hop's work is spread evenly over these played frames; its samples are needed at the latter. What is
   * done by a given frame is thus a function of that frame alone, however it was reached in blocks.
   */
  #workFrom: Samples = 0;
  #workUntil: Samples = 0;
  #workTotal = 0;
  #workDone = 0;
  /** Work done since construction, in units of one FFT. */
  readonly #work = new Float64Array(1);
  #endFrame: Samples = Infinity;

  /**
   * @param index of the voice: staggers the steps of voices that start together
   * @param blockFrames most frames asked of `mix` at a time
   */
  constructor(parts: VoiceParts, index: number, blockFrames: Samples) {
    const { format, contextRate, loops, tables, filter, maxLookAheadFrames, seed } = parts;
    const { hopSamples } = format;
    this.#parts = parts;
    this.#harmonics = parts.harmonics && new HarmonicPart(parts.harmonics);
    this.#engine = new PhaseEngine(loops, tables, this, {
      maxLookAheadFrames,
      seed,
      smoothNepers: parts.harmonics ? SMOOTH_NEPERS : 0,
    });
    this.#resampler = new Resampler(filter, 2 * hopSamples + filter.taps);
    // Multiples of the golden ratio lie evenly however many voices there are. A voice that ran its steps as soon
    // as any of their cost is due would read the first frame of a hop right after the last steps of the hop
    // before.
    this.#stagger = LEAST_STAGGER + (1 - LEAST_STAGGER) * (((index + 1) * 0.6180339887498949) % 1);
    this.#pieceSamples = hopSamples / PIECES;
    this.#preRoll = Math.round(PRE_ROLL * format.sampleRate);
    this.#values = frameValues(format);
    this.#playing = new Float32Array(format.frames * frameValues(format));
    this.#coming = new Float32Array(format.frames * frameValues(format));
    this.#mel = loops.floats(format.melBands);
    this.#logCeiling = Math.log1p(format.ceiling / format.floor);
    this.#channels = new Float32Array(frameValues(format) - format.melBands);
    this.#pieceOut = loops.floats(this.#pieceSamples);
    this.#block = loops.floats(blockFrames);
    this.#places = new Float64Array(maxLookAheadFrames + 8);
    this.#vowelShares = new Float64Array(maxLookAheadFrames + 8);
    this.#hopSeconds = hopSamples / format.sampleRate;
    this.#amplitude = new Amplitude(parts.state, contextRate);
    this.#modulation = new Modulation(parts.state, this.#hopSeconds / PIECES);
    this.#air = parts.air && new Air(parts.air);
  }

  /** True while a stolen or silenced voice fades. */
  get fading(): boolean {
    return this.#amplitude.fading;
  }

  /** How loud it is heard; a note that has only just begun counts as loud as it may become. */
  get loudness(): number {
    const isNew = this.#played < NEWBORN * this.#parts.contextRate;
    return isNew ? this.#gain : this.#loudness * this.#amplitude.gain;
  }

  /** Work done since construction, in units of one FFT. */
  get work(): number {
    return this.#work[0];
  }

  /**
   * Starts a clip, whose features begin at `features[at]`. When it returns, the first samples are ready.
   * @param number counts notes: what is left to chance follows from it
   * @param frame context frame of the first sample
   */
  start(
    features: Float32Array,
    at: number,
    shape: ClipShape,
    note: VoiceStart,
    number: number,
    frame: Samples,
    effort: Effort,
  ): void {
    for (let i = 0; i < this.#playing.length; i++) this.#playing[i] = features[at + i];
    const { format, seed } = this.#parts;
    const { hopSamples, fftSamples, onsetSamples } = format;
    const { fromStart } = note;
    const first = fromStart ? 0 : Math.max(0, onsetSamples - this.#preRoll);
    this.#engine.reset();
    this.#harmonics?.reset();
    this.#resampler.reset();
    this.#air?.reset(chance(number, seed + 2));
    this.#crossing = 0;
    this.#leaving = NaN;
    this.#isStale = false;
    this.#isSettingOut = false;
    this.#takenAgain = -1;
    this.#played = 0;
    this.#framesRead = 0;
    this.#endFrame = Infinity;
    this.#startFrame = frame;
    this.#gain = note.gain;
    this.#expression = note.expression;
    this.#isStruck = note.isStruck;
    this.#loudness = 0;
    this.#modulation.start(note, number, seed);
    this.#modulation.evaluate(frame);
    this.#setReading();
    this.#setLevel();
    this.#amplitude.start(!fromStart);
    this.active = true;
    this.released = false;
    // The first frame whose window reaches past the first sample heard; what lies before it cannot matter.
    const firstFrame = Math.max(0, Math.floor((first - fftSamples / 2) / hopSamples) + 1);
    this.#lead = firstFrame * hopSamples - first;
    // At any speed the onset, or what is heard first instead of it, comes after the same wait; backwards the
    // word's end does.
    const { speed } = this.#modulation;
    const { startOffset } = this.#modulation;
    const onset = onsetSamples / hopSamples;
    const length = Math.max(0, shape.end - onset);
    let position = fromStart ? firstFrame : onset + startOffset * length - speed * (onset - firstFrame);
    if (note.position >= 0) position = note.position;
    else if (speed < 0) position = shape.end - startOffset * length;
    this.#head.start(position, shape, chance(number, seed + 3));
    const resampler = this.#resampler;
    let time = firstFrame * hopSamples - fftSamples / 2;
    while (resampler.available === 0) {
      if (fromStart) this.#engine.plan(effort.lookAheadFrames, effort.sweeps);
      else this.#engine.plan(0, 0);
      this.#emit();
      const skipped = Math.min(hopSamples, Math.max(0, first - time));
      this.#piece = Math.floor(skipped / this.#pieceSamples);
      let unheard = skipped % this.#pieceSamples;
      while (resampler.available === 0 && this.#piece < PIECES) {
        this.#nextPiece(unheard);
        unheard = 0;
      }
      time += hopSamples;
    }
    this.#planHop(effort);
  }

  /**
   * Crosses over, within a few frames, to a newer clip of the same word, whose features begin at `features[at]`.
   */
  crossTo(features: Float32Array, at: number, shape: ClipShape): void {
    const isUnderWay = this.#isSettingOut || (this.#crossing > 0 && this.#leaving === this.#leaving);
    if (!isUnderWay) this.#leaveLevels();
    this.#head.takeShape(shape);
    this.#renew(NaN);
    // Nothing of the last one is heard yet, or it is on its way from another word, which it leaves where it left it:
    // only the aim is another.
    if (isUnderWay) return this.#aimAt(features, at);
    this.#beginCrossing(features, at);
    if (!this.#harmonics) return;
    // The first two steps are theirs.
    this.#crossing += 2;
    this.#isSettingOut = true;
  }

  /**
   * Crosses over to another word.
   * @param atPlace goes on at the same place of that word instead of at its onset: onset, vowel and end are
   * mapped to each other
   */
  changeWord(features: Float32Array, at: number, shape: ClipShape, atPlace: boolean): void {
    const { onsetSamples, hopSamples } = this.#parts.format;
    const { position } = this.#head;
    const onset = onsetSamples / hopSamples;
    const from = this.#heardNext(position);
    const to = atPlace ? placeIn(from, onset, this.#head.shape, shape) : onset - 1;
    this.#leaveLevels();
    this.#beginCrossing(features, at);
    this.#leaving = from;
    this.#head.changeClip(to, shape);
    this.#renew(to);
    this.#isSettingOut = false;
  }

  /** What frames are read by has changed: the parameters, or what the note was told. */
  changeReading(): void {
    this.#renew(NaN);
  }

  /** Has the frames that are not heard yet read anew from the next hop on, from a place or NaN for their own. */
  #renew(position: Frames): void {
    // A jump that has been asked for in this hop still counts.
    if (!this.#isStale || position === position) this.#resumeAt = position;
    this.#isStale = true;
    this.#endFrame = Infinity;
  }

  /** Place of the first frame that is not heard yet; that which is read next when there is none. */
  #heardNext(position: Frames): Frames {
    const unheard = this.#engine.unheardFrames;
    return unheard > 0 ? this.#places[(this.#framesRead - unheard) % this.#places.length] : position;
  }

  /**
   * The harmonics set out for a newer clip: in what is left of the present hop, and further in the next. When a
   * piece is made, since it is heard from there on, and many voices that get a clip at once then share the work.
   */
  #setOut(): void {
    this.#isSettingOut = false;
    this.#takenAgain = -1;
    this.#takeAgain(0, 1);
    this.#takeAgain(1, 2);
  }

  /**
   * Takes a frame anew that the harmonics have not come to yet but the noise has: that which the present hop goes to
   * or, with `ahead` 1, the next one. None twice for the same clip.
   * @param crossing steps that it is on its way to the coming clip
   * @returns whether it was taken
   */
  #takeAgain(ahead: number, crossing: number): boolean {
    const harmonics = this.#harmonics;
    if (!harmonics || this.#crossing === 0) return false;
    const frame = harmonics.aim + ahead;
    if (frame < 0 || frame <= this.#takenAgain) return false;
    this.#takenAgain = frame;
    const { scratch } = this.#parts;
    const others = this.#crossing;
    this.#crossing = crossing;
    const index = frame % this.#places.length;
    this.#reading.vowelShare = this.#vowelShares[index];
    this.#readAt(this.#places[index], scratch, this.#vowelShares[index]);
    this.#crossing = others;
    harmonics.takeAgain(frame, scratch, this.#channels, this.#reading, this.#head.shape.pitchHz);
    this.#work[0] += stepCosts.read;
    return true;
  }

  /** Keeps the levels of what is played now, of a clip that is on its way what it has come to. */
  #leaveLevels(): void {
    const { shape } = this.#head;
    const way = this.#crossing > 0 ? Math.max(0, this.#crossing - 1) / CROSSING_FRAMES : 1;
    const left = this.#left;
    left.wordDb += way * (shape.wordDb - left.wordDb);
    left.vowelDb += way * (shape.vowelDb - left.vowelDb);
  }

  /** Gain of a frame in which the vowel is held so far. */
  #gainOf(vowelShare: number): number {
    const { evenness } = this.#parts.state.parameters;
    if (evenness === 0) return 1;
    const { shape } = this.#head;
    let levelDb = shape.wordDb + vowelShare * (shape.vowelDb - shape.wordDb);
    if (this.#crossing > 0) {
      const left = this.#left.wordDb + vowelShare * (this.#left.vowelDb - this.#left.wordDb);
      levelDb = left + (this.#crossing / CROSSING_FRAMES) * (levelDb - left);
    }
    return gainOfDecibels(evenness * levelDb);
  }

  #beginCrossing(features: Float32Array, at: number): void {
    const playing = this.#playing;
    const coming = this.#coming;
    if (this.#crossing > 1) {
      const weight = (this.#crossing - 1) / CROSSING_FRAMES;
      for (let i = 0; i < playing.length; i++) playing[i] += weight * (coming[i] - playing[i]);
    }
    this.#aimAt(features, at);
    this.#crossing = 1;
  }

  #aimAt(features: Float32Array, at: number): void {
    const coming = this.#coming;
    for (let i = 0; i < coming.length; i++) coming[i] = features[at + i];
  }

  /** Frames of the clip for each frame of sound. */
  setSpeed(speed: number): void {
    this.#modulation.setSpeed(speed);
    this.#renew(NaN);
  }

  /** Reads on from another place of the clip, in frames. */
  jumpTo(position: Frames): void {
    this.#head.jumpTo(position);
    this.#renew(position);
  }

  /** Fundamental, 0 for the clip's own; reached at the end of the next piece of a hop or of a glide. */
  setPitch(pitchHz: Hertz, glideSeconds: Seconds): void {
    this.#modulation.setPitch(pitchHz, glideSeconds);
  }

  /** Factor on the fundamental. */
  setPitchRatio(pitchRatio: number): void {
    this.#modulation.setPitchRatio(pitchRatio);
  }

  /** Factor on the note's gain. */
  setExpression(expression: number): void {
    this.#expression = expression;
    this.#setLevel();
  }

  setPan(pan: number): void {
    this.#modulation.setPan(pan);
  }

  /** Distances from what all notes share, in the order of `soundTargets`. */
  setOffsets(offsets: Float32Array): void {
    if (this.#modulation.setOffsets(offsets)) this.#renew(NaN);
  }

  /** The key goes up: words play on to their end, but what has none is released, or all where the parameters say so. */
  release(): void {
    if (this.released) return;
    this.released = true;
    // What is held goes on at once.
    const hold = this.#hold;
    if (hold === 'hold' || hold === 'stutter') this.#renew(NaN);
    if (!this.#endsItself) this.#amplitude.release();
  }

  /** False for loops, for what stands still, and where words are not to end. */
  get #endsItself(): boolean {
    const { freeze, endsWords } = this.#parts.state.parameters;
    const isEnding = this.#isStruck || (endsWords && this.#hold !== 'loop');
    return isEnding && !freeze && this.#modulation.speed !== 0;
  }

  /** What is read while the key is down. */
  get #hold(): HoldMode {
    return this.#isStruck ? 'one-shot' : this.#parts.state.parameters.hold;
  }

  /** What frames are read with from now on. At frames of the played sound that no split into blocks changes. */
  #setReading(): void {
    const { hopSamples, fftSamples, sampleRate } = this.#parts.format;
    // The middle of the frame that is read next lies behind what is left of this hop, the frames in flight, and half
    // a window.
    const samples = this.#unplayed + this.#engine.unheardFrames * hopSamples + fftSamples / 2;
    const ahead = (samples * this.#parts.contextRate) / sampleRate;
    this.#modulation.readAhead(this.#startFrame + this.#played + ahead, this.#reading);
    this.#speed = this.#modulation.speed;
  }

  /** Samples of the present hop that no piece has been made of yet. */
  get #unplayed(): Samples {
    return (PIECES - this.#piece) * this.#pieceSamples;
  }

  #setLevel(): void {
    const { level, pan, envelope } = this.#modulation;
    this.#amplitude.setLevel(this.#gain * this.#expression * level);
    this.#amplitude.setPan(pan);
    this.#amplitude.setEnvelope(envelope);
  }

  /** Begins to fade out; the voice ends within 5 ms. */
  fadeOut(): void {
    this.#amplitude.fadeOut();
  }

  /**
   * Adds the next `count` frames to left[0 ..] and right[0 ..], without `right` to `left` alone, and runs the
   * steps that are due.
   */
  mix(left: Float32Array, right: Float32Array | undefined, count: Samples, effort: Effort): void {
    const block = this.#block;
    const resampler = this.#resampler;
    let at = 0;
    while (at < count && this.active) {
      while (resampler.available === 0) {
        if (this.#piece === PIECES) this.#emit();
        this.#nextPiece(0);
        if (this.#piece === 1) this.#planHop(effort);
      }
      const take = Math.min(count - at, resampler.available, this.#endFrame - this.#played);
      resampler.pull(block, take);
      if (this.#air) this.#work[0] += (this.#air.add(block, take) / 64) * AIR_COST;
      this.active = this.#amplitude.mix(block, take, left, right, at);
      at += take;
      this.#played += take;
      this.#work[0] += (take / 64) * OUTPUT_COST;
      if (this.#played >= this.#endFrame) this.active = false;
    }
    if (this.active) this.#workOn();
  }

  /** Writes the next frame's magnitudes, what is noise in them; called by the engine. */
  read(magnitudes: Float32Array): void {
    const { format, state } = this.#parts;
    const { frames } = format;
    const head = this.#head;
    const { position } = head;
    const speed = this.#speed;
    const { freeze, stutterSeconds } = state.parameters;
    const hold = this.#hold;
    const present = this.released && hold !== 'loop' ? 'one-shot' : hold;
    const isPast = speed < 0 ? position <= -1 : position >= frames;
    // A stutter whose stretch is longer than the word comes back.
    if (isPast && present !== 'stutter' && this.#endFrame === Infinity) this.#endAtThisFrame();
    const { vowelShare } = head;
    this.#readAt(position, magnitudes, vowelShare);
    // What is to be read anew takes its steps to the coming clip then.
    if (this.#crossing > 0 && !this.#isStale && this.#crossing++ === CROSSING_FRAMES) {
      const finished = this.#playing;
      this.#playing = this.#coming;
      this.#coming = finished;
      this.#crossing = 0;
      this.#leaving = NaN;
    }
    this.#places[this.#framesRead % this.#places.length] = position;
    this.#vowelShares[this.#framesRead % this.#places.length] = vowelShare;
    this.#framesRead++;
    // As a note that starts on the beat begins its word then, so does every stretch.
    const sinceStart = this.#playedAt(this.#framesRead) - this.#playedAt(0);
    const stutters = present === 'stutter' ? state.stuttersAt(this.#startFrame + sinceStart) : NaN;
    head.advance(speed, present, freeze, stutterSeconds / this.#hopSeconds, stutters);
    this.#reading.vowelShare = vowelShare;
    this.#harmonics?.take(magnitudes, this.#channels, this.#reading, head.shape.pitchHz);
  }

  /** Writes the magnitudes and channels at a place. */
  #readAt(position: Frames, magnitudes: Float32Array, vowelShare: number): void {
    const { format, inverter } = this.#parts;
    const { melBands, frames, floor } = format;
    const mel = this.#mel;
    const channels = this.#channels;
    const gain = floor * this.#gainOf(vowelShare);
    let loudest = 0;
    if (this.#crossing === 0 && (position <= -1 || position >= frames)) mel.fill(0);
    else {
      // Most frames are of one clip: what `#between` would work out for each band is worked out once.
      const clip = this.#playing;
      const values = this.#values;
      const below = Math.floor(position);
      const share = position - below;
      const lowAt = below >= 0 ? below * values : -1;
      const highAt = below + 1 < frames ? (below + 1) * values : -1;
      const isPlain = this.#crossing === 0;
      for (let band = 0; band < melBands; band++) {
        let feature: number;
        if (isPlain) {
          feature = lowAt >= 0 ? clip[lowAt + band] : 0;
          if (share !== 0) feature += share * ((highAt >= 0 ? clip[highAt + band] : 0) - feature);
        } else feature = this.#feature(position, band);
        mel[band] = feature > 0 ? gain * (Math.exp(Math.min(feature, 1) * this.#logCeiling) - 1) : 0;
        loudest = Math.max(loudest, mel[band]);
      }
      for (let c = 0; c < channels.length; c++) channels[c] = this.#feature(position, melBands + c);
    }
    if (loudest > 0) inverter.invert(mel, magnitudes);
    else magnitudes.fill(0);
  }

  /** A value of the clip at a place, on its way from the clip that is played to the one that is coming. */
  #feature(position: Frames, index: number): number {
    if (this.#crossing === 0) return this.#between(this.#playing, position, index);
    const leaving = this.#leaving >= 0 ? this.#leaving : position;
    const value = this.#between(this.#playing, leaving, index);
    const next = this.#between(this.#coming, position, index);
    return value + (this.#crossing / CROSSING_FRAMES) * (next - value);
  }

  /** A value of a clip between two of its frames; outside of the clip is silence. */
  #between(clip: Float32Array, position: Frames, index: number): number {
    const { frames } = this.#parts.format;
    const values = this.#values;
    if (position <= -1 || position >= frames) return 0;
    const below = Math.floor(position);
    const share = position - below;
    const low = below >= 0 ? clip[below * values + index] : 0;
    if (share === 0) return low;
    const high = below + 1 < frames ? clip[(below + 1) * values + index] : 0;
    return low + share * (high - low);
  }

  /** The voice ends in the middle of the frame that is being read: the first that lies beyond the clip. */
  #endAtThisFrame(): void {
    const end = Math.ceil(this.#playedAt(this.#framesRead));
    this.#endFrame = Math.max(end, this.#played + 1);
  }

  /** Samples of the context from the note's start to the middle of a frame of sound. */
  #playedAt(frame: Frames): Samples {
    const { format, contextRate } = this.#parts;
    return ((frame * format.hopSamples + this.#lead) * contextRate) / format.sampleRate;
  }

  #planHop(effort: Effort): void {
    const engine = this.#engine;
    this.#setReading();
    if (this.#isStale) this.#readAnew();
    // A note's first hop is half over when it is planned, and has time for one frame. Measured at the onsets of
    // 60 words, a second one does not bring it nearer to the original (-0.4 to 0.3 dB).
    const starts = this.#piece > 1 ? 1 : 2;
    const lookAhead = Math.min(effort.lookAheadFrames, engine.lookAheadFrames + starts);
    this.#workTotal = engine.plan(lookAhead, effort.sweeps);
    this.#workDone = 0;
    this.#workFrom = this.#played;
    this.#workUntil = this.#played + this.#resampler.availableAfter(this.#unplayed);
  }

  /** Lets go of the frames that are not heard yet, and goes back to where they were read. */
  #readAnew(): void {
    const engine = this.#engine;
    // NaN is no number that equals itself.
    const isElsewhere = this.#resumeAt === this.#resumeAt;
    if (!isElsewhere && this.#takeAgain(1, this.#crossing)) {
      this.#crossing = Math.min(CROSSING_FRAMES, this.#crossing + 1);
    }
    const position = isElsewhere ? this.#resumeAt : this.#heardNext(this.#head.position);
    const unheard = engine.unheardFrames;
    engine.dropUnheard();
    this.#harmonics?.untake(unheard);
    this.#framesRead -= unheard;
    const index = this.#framesRead % this.#places.length;
    this.#head.rewindTo(position, unheard, unheard > 0 ? this.#vowelShares[index] : this.#head.vowelShare);
    this.#endFrame = Infinity;
    this.#isStale = false;
  }

  /** Runs the steps that are due by now. */
  #workOn(): void {
    const engine = this.#engine;
    const span = this.#workUntil - this.#workFrom;
    const due = span > 0 ? (this.#workTotal * (this.#played - this.#workFrom)) / span : this.#workTotal;
    let next = engine.nextCost;
    while (next > 0 && this.#workDone + this.#stagger * next < due) {
      engine.step();
      this.#workDone += next;
      this.#work[0] += next;
      next = engine.nextCost;
    }
  }

  /** Runs what is left of the hop and makes its samples those that are played. */
  #emit(): void {
    const engine = this.#engine;
    for (let next = engine.nextCost; next > 0; next = engine.nextCost) {
      engine.step();
      this.#work[0] += next;
    }
    engine.emit();
    this.#harmonics?.nextHop();
    this.#piece = 0;
  }

  /** Hands the next piece of the emitted hop to the resampler, all but its first `skipped` samples. */
  #nextPiece(skipped: Samples): void {
    if (this.#isSettingOut) this.#setOut();
    const length = this.#pieceSamples;
    const noise = this.#engine.output;
    const piece = this.#pieceOut;
    const at = this.#piece * length;
    for (let n = 0; n < length; n++) piece[n] = noise[at + n];
    const modulation = this.#modulation;
    modulation.evaluate(this.#startFrame + this.#played);
    this.#setLevel();
    if (this.released && !this.#endsItself) this.#amplitude.release();
    const { pitchHz, pitchRatio } = modulation;
    const harmonics = this.#harmonics;
    const sounding = harmonics?.piece(this.#piece, pitchHz, pitchRatio, piece, 0, modulation.timbre) ?? 0;
    if (this.#air && harmonics && skipped < length) {
      harmonics.topOf(this.#piece, this.#top);
      this.#air.push(length - skipped, this.#top, modulation.timbre.air);
    }
    let energy = 0;
    for (let n = 0; n < length; n++) energy += piece[n] * piece[n];
    this.#loudness = Math.max(Math.sqrt(energy / length), LOUDNESS_FALL * this.#loudness);
    this.#resampler.push(piece, length - skipped, skipped);
    this.#piece++;
    this.#work[0] += PIECE_COST + sounding * HARMONIC_COST;
  }
}

/**
 * The place in another word that corresponds to a place in a word: onset, vowel and end to onset, vowel and end.
 */
function placeIn(position: Frames, onset: Frames, from: ClipShape, to: ClipShape): Frames {
  if (position < onset) return position;
  const isBefore = position < from.steady;
  const begin = isBefore ? onset : from.steady;
  const length = (isBefore ? from.steady : from.end) - begin;
  const newBegin = isBefore ? onset : to.steady;
  const newLength = (isBefore ? to.steady : to.end) - newBegin;
  return length > 0 ? newBegin + ((position - begin) / length) * newLength : newBegin;
}
