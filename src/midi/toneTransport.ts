// Tone's transport behind the small interface that songs are played through.
//
// What it was measured to do (Tone 15.5): called-back times are exact to a millionth of a frame while the tempo stands
// still, and up to 16 frames off behind a change of tempo within a tick. It jumps to and from whole ticks only. So its
// ticks count the song's seconds, whose tempo changes are in the times of the events already; its tempo is the factor
// that the player chooses, and the length of the song is a whole number of ticks.
import 'tone/build/esm/core/clock/Transport.js';
import type { Seconds } from '../contract/units.ts';
import { HostedToneContext, inToneContext } from '../output/toneContext.ts';
import {
  LookAhead,
  type Course,
  type OpenTransport,
  type SongTransport,
  type TransportListener,
} from './songTransport.ts';

/** About: a tick is 5 ms, the most that a start waits. Times between ticks are as exact as those on them. */
const ticksPerSecond = 200;
/** Tone's own tempo, at which a quarter note is half a second. */
const plainBpm = 120;
const updateSeconds: Seconds = 0.025;

/**
 * A Tone context that is always as far ahead as the song is told, which no fixed look-ahead is. It is a second one
 * beside that of the effects, on the same audio clock: those must not lie ahead.
 */
class AheadContext extends HostedToneContext {
  readonly ahead = new LookAhead();
  readonly #letSoundOut: LetSoundOut;
  readonly #seconds: () => Seconds;
  #isMaking = false;

  constructor(native: BaseAudioContext, letSoundOut: LetSoundOut, seconds: () => Seconds) {
    super(native, updateSeconds);
    this.#letSoundOut = letSoundOut;
    this.#seconds = seconds;
  }

  override get currentTime(): Seconds {
    // Tone's constructor asks, too.
    return #seconds in this ? this.#seconds() : super.currentTime;
  }

  /** Tone makes the transport when it is first asked for. */
  makeTransport(): AheadContext['transport'] {
    this.#isMaking = true;
    const transport = inToneContext(this, () => this.transport);
    this.#isMaking = false;
    return transport;
  }

  /**
   * A transport that is made in a running context starts a source for its tempo, which nobody hears and which stays in the graph
   * for ever: Tone 15.5 stops it by a clock that has been taken away by then.
   */
  override get state(): AudioContextState {
    return this.#isMaking ? 'suspended' : super.state;
  }

  /** Tone asks for it whenever a song starts. */
  override resume(): Promise<void> {
    return this.#letSoundOut();
  }

  override get lookAhead(): Seconds {
    return Math.max(0, this.ahead.horizon - this.currentTime);
  }
}

/** The host's way of resuming its context. */
type LetSoundOut = () => Promise<void>;

/**
 * Transports in a native context, which stays the caller's.
 * @param letSoundOut called when a song starts; by default a suspended context stays suspended
 * @param seconds the clock that songs go by; by default the context's, which ends with it
 */
export function toneTransports(
  context: BaseAudioContext,
  letSoundOut: LetSoundOut = () => Promise.resolve(),
  seconds: () => Seconds = () => context.currentTime,
): OpenTransport {
  return (course, listener) =>
    new ToneTransport(new AheadContext(context, letSoundOut, seconds), course, listener);
}

class ToneTransport implements SongTransport {
  readonly #context: AheadContext;
  readonly #listener: TransportListener;
  /** Length of the song in ticks, and ticks in a second of it. */
  readonly #length: number;
  readonly #rate: number;
  #factor = 1;
  #isPlaying = false;
  #begin = { time: 0, place: 0 };

  constructor(context: AheadContext, { moments, durationSeconds }: Course, listener: TransportListener) {
    this.#listener = listener;
    this.#length = Math.max(1, Math.ceil(durationSeconds * ticksPerSecond));
    this.#rate = durationSeconds > 0 ? this.#length / durationSeconds : ticksPerSecond;
    this.#context = context;
    // Before the transport's own: it reads what this sets.
    context.on('tick', () => {
      if (this.#isPlaying) context.ahead.tick(context.currentTime);
    });
    const transport = context.makeTransport();
    const quarters = (seconds: Seconds) => ({ '4n': (seconds * plainBpm) / 60 });
    transport.PPQ = (this.#rate * 60) / plainBpm;
    moments.forEach((seconds, k) => {
      transport.schedule((time) => listener.due(k, time), quarters(seconds));
    });
    // A loop turns before it gets here. Half a tick behind the end, which rounding may not put before it.
    transport.schedule(
      (time) => listener.ended(time - 0.5 / (this.#rate * this.#factor)),
      quarters((this.#length + 0.5) / this.#rate),
    );
    // It turns on the first tick that is not before this: half a tick less, or rounding could make it one more.
    transport.setLoopPoints(0, quarters((this.#length - 0.5) / this.#rate));
    transport.on('loop', (time: Seconds) => listener.turned(time));
    context.on('tick', () => {
      if (this.#isPlaying) listener.ticked(context.ahead.horizon);
    });
  }

  start(earliest: Seconds, place: Seconds): void {
    const context = this.#context;
    const { transport } = context;
    const ticks = Math.min(this.#length, place * this.#rate);
    const whole = Math.floor(ticks);
    transport.bpm.cancelScheduledValues(earliest);
    transport.bpm.setValueAtTime(plainBpm * this.#factor, earliest);
    transport.start(earliest, `${whole}i`);
    this.#begin = { time: earliest + (ticks - whole) / (this.#rate * this.#factor), place };
    context.ahead.restart(context.currentTime);
    this.#isPlaying = true;
    context.clockSource = 'worker';
    this.#listener.started(this.#begin.time);
    context.emit('tick');
  }

  stop(): void {
    const context = this.#context;
    this.#isPlaying = false;
    context.clockSource = 'offline';
    context.transport.stop(context.currentTime);
    // Its clock goes back to the present: the next start need not lie beyond what was told.
    context.ahead.restart(context.currentTime);
    context.emit('tick');
  }

  placeAt(time: Seconds): Seconds {
    if (time <= this.#begin.time) return this.#begin.place;
    return this.#context.transport.getTicksAtTime(time) / this.#rate;
  }

  setFactor(factor: number): Seconds {
    const context = this.#context;
    const { transport } = context;
    // On a tick: what lies behind one is timed from it.
    const told = context.currentTime + context.lookAhead;
    const ticks = transport.getTicksAtTime(told);
    const from = told + (Math.ceil(ticks) - ticks) / (this.#rate * this.#factor);
    this.#factor = factor;
    transport.bpm.setValueAtTime(plainBpm * factor, from);
    return from;
  }

  setLoop(loop: boolean): void {
    this.#context.transport.loop = loop;
  }

  dispose(): void {
    this.stop();
    this.#context.transport.dispose();
    this.#context.dispose();
  }
}
