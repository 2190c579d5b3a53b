// Reverb: convolution with a room; another decay time is another room beside it, and the old one rings out.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import { Gain } from 'tone/build/esm/core/context/Gain.js';
import { connect } from 'tone/build/esm/core/context/ToneAudioNode.js';
import type { Seconds } from '../../contract/units.ts';
import { glide, settledSeconds } from './glide.ts';
import type { Later } from './later.ts';
import { roomImpulse, roomSeconds } from './roomImpulse.ts';
import type { Unit } from './stage.ts';

/**
 * A knob has come to rest: until then no room is made, since the browser takes about 10 ms of the page's time to
 * prepare one of 2 s, and 150 ms for 10 s.
 */
const restSeconds: Seconds = 0.12;
/** Rooms that ring at once; the oldest is faded out for one more. */
const maxRooms = 3;

interface Room {
  readonly seconds: Seconds;
  readonly send: Gain;
  readonly convolver: ConvolverNode;
  readonly level: Gain;
  callOffEnd: (() => void) | null;
}

/** Mono in, stereo out: a room has forgotten where in it the sound was. */
export class Reverb implements Unit {
  readonly input: Gain;
  readonly output: Gain;
  readonly #context: BaseContext;
  readonly #later: Later;
  /** In the order in which they were made; the last one gets the sound. */
  #rooms: Room[] = [];
  #wantedSeconds: Seconds;
  #callOffChange: (() => void) | null = null;

  /** @param seconds until the level has fallen by 60 dB */
  constructor(context: BaseContext, later: Later, seconds: Seconds) {
    this.#context = context;
    this.#later = later;
    this.#wantedSeconds = seconds;
    this.input = new Gain({ context, gain: 1 });
    this.input.channelCount = 1;
    this.input.channelCountMode = 'explicit';
    this.output = new Gain({ context, gain: 1 });
    this.#enter(seconds, 1);
  }

  get tailSeconds(): Seconds {
    return Math.max(...this.#rooms.map(({ seconds }) => roomSeconds(seconds)));
  }

  /** @param seconds until the level has fallen by 60 dB; heard once it has been the same for a moment */
  set(seconds: Seconds): void {
    if (seconds === this.#wantedSeconds) return;
    this.#wantedSeconds = seconds;
    this.#callOffChange?.();
    this.#callOffChange = this.#later(restSeconds, () => this.#change());
  }

  #change(): void {
    this.#callOffChange = null;
    const current = this.#rooms[this.#rooms.length - 1];
    if (this.#wantedSeconds === current.seconds) return;
    if (this.#rooms.length >= maxRooms) {
      const [oldest] = this.#rooms;
      glide(oldest.level.gain, 0);
      oldest.callOffEnd?.();
      oldest.callOffEnd = this.#later(settledSeconds, () => this.#leave(oldest));
    }
    glide(current.send.gain, 0);
    current.callOffEnd = this.#later(settledSeconds + roomSeconds(current.seconds), () =>
      this.#leave(current),
    );
    glide(this.#enter(this.#wantedSeconds, 0).send.gain, 1);
  }

  #enter(seconds: Seconds, gain: number): Room {
    const context = this.#context;
    const sides = roomImpulse(seconds, context.sampleRate);
    const buffer = context.createBuffer(sides.length, sides[0].length, context.sampleRate);
    sides.forEach((side, channel) => buffer.copyToChannel(side, channel));
    const convolver = context.createConvolver();
    convolver.normalize = false;
    convolver.buffer = buffer;
    const room: Room = {
      seconds,
      send: new Gain({ context, gain }),
      convolver,
      level: new Gain({ context, gain: 1 }),
      callOffEnd: null,
    };
    connect(room.send, convolver);
    connect(convolver, room.level);
    room.level.connect(this.output);
    this.input.connect(room.send);
    this.#rooms.push(room);
    return room;
  }

  #leave(room: Room): void {
    room.callOffEnd?.();
    this.#rooms = this.#rooms.filter((other) => other !== room);
    this.input.disconnect(room.send);
    room.convolver.disconnect();
    room.send.dispose();
    room.level.dispose();
  }

  dispose(): void {
    this.#callOffChange?.();
    for (const room of [...this.#rooms]) this.#leave(room);
    this.input.dispose();
    this.output.dispose();
  }
}
