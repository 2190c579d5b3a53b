// Plays what a host says: WAM events become messages of a MIDI port, moves of parameters and a beat, each with the frame at which it is
// heard.
import type { WamEvent, WamTransportData } from '@webaudiomodules/api';
import { parameterById, type ParameterId } from '../contract/parameters.ts';
import type { Hertz, Samples } from '../contract/units.ts';
import { HeldEvents, type StartWait } from '../midi/heldEvents.ts';
import { readBytes } from '../midi/midiBytes.ts';
import { readMessage, type MidiMessage } from '../midi/message.ts';
import type { MidiTarget } from '../midi/midiTarget.ts';
import { performerTarget } from '../midi/performerTarget.ts';
import { MidiRouter, type RoutedPort } from '../midi/router.ts';
import { fastestBeat, slowestBeat } from '../performer/beatClock.ts';
import { controllers } from '../performer/expression.ts';
import type { Performer } from '../performer/performer.ts';
import type { Session } from '../session/session.ts';
import { readValue } from './parameterInfo.ts';

/** A zone of MPE that spans all channels, as `wam-mpe` means it where the host has configured none. */
const mpeConfiguration: readonly (readonly [controller: number, data: number])[] = [
  [101, 0],
  [100, 6],
  [6, 15],
];
/** A start so near the front, in quarter notes, is one from the front. */
const frontQuarters = 0.01;

/** What events are played on. */
export interface HostEventsOptions {
  readonly performer: Performer;
  readonly session: Pick<Session, 'state' | 'gesture'>;
  /** Of the frames of the performer. */
  readonly frameRate: Hertz;
  /** The audio clock that events count in, milliseconds. */
  readonly nowMs: () => number;
  /** So long before its time what the page itself carries out is done: the device takes blocks, and timers are late. */
  readonly aheadMs: number;
  /** Default: the page's timers. */
  readonly startWait?: StartWait;
  /** Ends what rings in the effects. */
  readonly silenceEffects: () => void;
  /** The transport starts from its front. */
  readonly onFront: () => void;
}

/** What is connected to one node. */
export class HostEvents {
  readonly #options: HostEventsOptions;
  readonly #held: HeldEvents;
  readonly #target: MidiTarget;
  readonly #port: RoutedPort;
  #isPlaying = false;
  /** Keys that go down at a time that has not come, by channel and note. */
  readonly #ahead = new Map<
    number,
    { readonly channel: number; readonly note: number; readonly ms: number }
  >();

  constructor(options: HostEventsOptions) {
    this.#options = options;
    const { performer, session, nowMs, aheadMs, startWait, silenceEffects } = options;
    const { state } = session;
    const held = new HeldEvents({ now: () => nowMs() + aheadMs, ...(startWait ? { startWait } : {}) });
    this.#held = held;
    const frameOf = (ms: number) => this.#frameOf(ms);
    const played = performerTarget({
      performer,
      frameOf,
      setParameter: (id, value, time) => state.takeOver(id, value, time),
      held,
    });
    this.#target = {
      ...played,
      controlChange: (channel, controller, data, ms) => {
        played.controlChange(channel, controller, data, ms);
        if (controller !== controllers.allSoundOff) return;
        held.add(ms, () => {
          if (!performer.holdsNotes) silenceEffects();
        });
      },
      setTempo: (bpm, ms) => held.add(ms, () => state.followTempo(bpm, frameOf(ms))),
    };
    const struck = this.#target;
    this.#target = {
      ...struck,
      noteOn: (channel, note, velocity, ms) => {
        if (ms > nowMs()) this.#ahead.set(128 * channel + note, { channel, note, ms });
        struck.noteOn(channel, note, velocity, ms);
      },
      noteOff: (channel, note, velocity, ms) => {
        this.#ahead.delete(128 * channel + note);
        struck.noteOff(channel, note, velocity, ms);
      },
    };
    const router = new MidiRouter(this.#target, { handle: () => false });
    this.#port = router.open('host');
  }

  /**
   * Plays an event.
   * @param ms when it is heard, on the audio clock; now where that is over
   * @param time of the event itself, as what it says of time means it, milliseconds
   */
  play(event: WamEvent, ms: number, time = ms): void {
    switch (event.type) {
      case 'wam-midi':
        return this.#midi(event.data?.bytes, ms);
      case 'wam-mpe':
        if (this.#target.zoneMembers('lower') === 0 && this.#target.zoneMembers('upper') === 0)
          this.#openZone(ms);
        return this.#midi(event.data?.bytes, ms);
      case 'wam-automation': {
        const move = readValue(event.data?.id, event.data?.value, event.data?.normalized);
        if (move) this.#target.setParameter(move.id, move.value, ms);
        return;
      }
      case 'wam-transport':
        return this.#transport(event.data, ms, time);
      case 'wam-sysex':
      case 'wam-osc':
      case 'wam-info':
        return;
    }
  }

  /** The host has cleared what it had scheduled: keys that are about to go down come up at once, as their note-offs will not come. */
  retract(): void {
    const now = this.#options.nowMs();
    for (const { channel, note, ms } of [...this.#ahead.values()]) {
      if (ms > now) this.#port.handle({ type: 'noteOff', channel, note, velocity: 64, ms });
    }
    this.#ahead.clear();
  }

  /** Carries out what is due, where no timer does. */
  drain(): void {
    this.#held.drain();
  }

  /** Drops what waits, and lets go of all that the host holds. */
  close(): void {
    this.#held.clear();
    this.#port.unplug(this.#options.nowMs());
  }

  /** A parameter's value once all that was said of it has come to pass. */
  valueOf(id: ParameterId): number {
    return this.#target.parameterValue(id);
  }

  #midi(bytes: ArrayLike<number> | undefined, ms: number): void {
    if (!bytes) return;
    for (const parsed of readBytes(Uint8Array.from(bytes))) {
      const message = readMessage(parsed, ms);
      if (message && isOfChannel(message)) this.#port.handle(message);
    }
  }

  #openZone(ms: number): void {
    for (const [controller, data] of mpeConfiguration) {
      this.#port.handle({ type: 'control', channel: 1, controller, data, ms });
    }
  }

  #transport(data: WamTransportData | undefined, ms: number, time: number): void {
    if (!data) return;
    const { tempo, currentBar, currentBarStarted, timeSigNumerator, timeSigDenominator, playing } = data;
    const numbers = [tempo, currentBar, currentBarStarted, timeSigNumerator, timeSigDenominator];
    if (!numbers.every(Number.isFinite) || !(tempo > 0) || !(timeSigDenominator > 0)) {
      // A host that stops need not say how fast.
      if (playing === false) this.#stop(ms);
      return;
    }
    const { performer, session, onFront } = this.#options;
    const { min, max } = parameterById('tempo');
    const wasPlaying = this.#isPlaying;
    if (playing) {
      this.#isPlaying = true;
      const bar = (timeSigNumerator * 4) / timeSigDenominator;
      const quarters = currentBar * bar + ((time / 1000 - currentBarStarted) * tempo) / 60;
      // What follows the beat learns of it with the tempo.
      this.#target.beat(quarters, Math.min(fastestBeat, Math.max(slowestBeat, tempo)), ms, false);
      if (!wasPlaying) {
        const isFront = Math.abs(quarters) < frontQuarters;
        if (isFront) onFront();
        this.#target.transport(isFront ? 'start' : 'continue', ms);
        this.#held.add(ms, () => session.gesture.play());
      }
    } else this.#stop(ms);
    this.#target.setTempo(Math.min(max, Math.max(min, tempo)), ms);
    // The tempo may be the same, and the beat another.
    if (playing)
      this.#held.add(ms, () => performer.setTempo(performer.parameter('tempo'), this.#frameOf(ms)));
  }

  #stop(ms: number): void {
    if (!this.#isPlaying) return;
    this.#isPlaying = false;
    const { gesture } = this.#options.session;
    this.#target.transport('stop', ms);
    this.#held.add(ms, () => gesture.stop());
  }

  #frameOf(ms: number): Samples | undefined {
    const { nowMs, frameRate } = this.#options;
    return ms > nowMs() ? Math.round((ms * frameRate) / 1000) : undefined;
  }
}

/** Time comes by `wam-transport`: a clock beside it would be a second one. */
function isOfChannel(message: MidiMessage): boolean {
  return 'channel' in message;
}
