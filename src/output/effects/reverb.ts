// Reverb: a room beside the sound; another decay time is another room, and the old one rings out.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import type { Gain } from 'tone/build/esm/core/context/Gain.js';
import type { Seconds } from '../../contract/units.ts';
import { glide, settledSeconds } from './glide.ts';
import type { Later } from './later.ts';
import { Room } from './room.ts';
import { roomSeconds } from './roomImpulse.ts';
import type { Slices } from './slices.ts';
import type { Unit } from './effectStage.ts';
import { makeGain } from './toneNodes.ts';

/** A knob has come to rest: until then no room is made. */
const restSeconds: Seconds = 0.12;
/** The same so soon after another room: one costs the page tens of milliseconds, and programs may come twenty times a second. */
const longRestSeconds: Seconds = 0.5;
const soonSeconds: Seconds = 2;
/** Rooms that ring at once; the oldest is faded out for one more. */
const maxRooms = 3;
/**
 * Part of the sound that goes into the room from the middle; the rest goes in where it is. A voice far to one side
 * then rings 9.5 dB louder there than on the other, where its sound comes from the other wall.
 */
const middleShare = 0.5;

/**
 * Left sound goes mostly to the left of the room and right sound to the right. Both sides ring differently, so
 * that the middle of the room is wide.
 */
export class Reverb implements Unit {
  readonly input: Gain;
  readonly output: Gain;
  readonly #context: BaseContext;
  readonly #later: Later;
  readonly #slices: Slices;
  readonly #ways: readonly [Gain, Gain];
  readonly #entrance: Gain;
  /** In the order in which they were made; the last one that is ready gets the sound. */
  #rooms: Room[] = [];
  /** Is being prepared. */
  #coming: Room | null = null;
  readonly #leavings = new Map<Room, () => void>();
  /** Those that nothing is heard of any more. */
  readonly #faded = new WeakSet<Room>();
  #wantedSeconds: Seconds;
  #callOffChange: (() => void) | null = null;
  #madeAt: Seconds = -Infinity;

  /** @param seconds until the level has fallen by 60 dB */
  constructor(context: BaseContext, later: Later, slices: Slices, seconds: Seconds) {
    this.#context = context;
    this.#later = later;
    this.#slices = slices;
    this.#wantedSeconds = seconds;
    this.input = makeGain(context, 1);
    this.input.channelCount = 2;
    this.input.channelCountMode = 'explicit';
    this.output = makeGain(context, 1);
    this.#entrance = makeGain(context, 1);
    this.#ways = [makeGain(context, 1 - middleShare), makeGain(context, middleShare)];
    const [, middle] = this.#ways;
    middle.channelCount = 1;
    middle.channelCountMode = 'explicit';
    for (const way of this.#ways) this.input.chain(way, this.#entrance);
    this.#make(seconds);
  }

  get tailSeconds(): Seconds {
    return Math.max(roomSeconds(this.#wantedSeconds), ...this.#rooms.map((room) => room.tailSeconds));
  }

  /** @param seconds until the level has fallen by 60 dB; heard once it has been the same for a moment */
  set(seconds: Seconds): void {
    if (seconds === this.#wantedSeconds) return;
    this.#wantedSeconds = seconds;
    this.#callOffChange?.();
    const isSoon = this.#context.now() < this.#madeAt + soonSeconds;
    const rest = isSoon ? longRestSeconds : restSeconds;
    this.#callOffChange = this.#later(rest, () => this.#change());
  }

  #change(): void {
    this.#callOffChange = null;
    // One that nobody has been in yet.
    if (this.#coming) this.#takeApart(this.#coming);
    this.#coming = null;
    if (this.#wantedSeconds === this.#rooms.at(-1)?.decaySeconds) return;
    const isRinging = (room: Room) => room.decaySeconds === this.#wantedSeconds && !this.#faded.has(room);
    const ringing = this.#rooms.find(isRinging);
    if (ringing) this.#return(ringing);
    else this.#make(this.#wantedSeconds);
  }

  /** A room that still rings gets the sound again: songs go to and fro between programs. */
  #return(room: Room): void {
    this.#leavings.get(room)?.();
    this.#leavings.delete(room);
    const before = this.#rooms.at(-1);
    if (before) {
      glide(before.input.gain, 0);
      if (!this.#leavings.has(before)) this.#leave(before, settledSeconds + before.tailSeconds);
    }
    glide(room.input.gain, 1);
    this.#rooms = [...this.#rooms.filter((other) => other !== room), room];
  }

  #make(seconds: Seconds): void {
    this.#madeAt = this.#context.now();
    let isReady = false;
    const room = new Room(this.#context, this.#slices, seconds, 0, (ready) => {
      isReady = true;
      this.#coming = null;
      this.#enter(ready);
    });
    if (!isReady) this.#coming = room;
  }

  /** Leads the sound from the room before into this one. */
  #enter(room: Room): void {
    const before = this.#rooms.at(-1);
    if (this.#rooms.length >= maxRooms) {
      const [oldest] = this.#rooms;
      glide(oldest.output.gain, 0);
      this.#faded.add(oldest);
      this.#leave(oldest, settledSeconds);
    }
    if (before) {
      glide(before.input.gain, 0);
      if (!this.#leavings.has(before)) this.#leave(before, settledSeconds + before.tailSeconds);
    }
    this.#entrance.connect(room.input);
    room.output.connect(this.output);
    glide(room.input.gain, 1);
    this.#rooms.push(room);
  }

  #leave(room: Room, seconds: Seconds): void {
    this.#leavings.get(room)?.();
    const callOff = this.#later(seconds, () => this.#takeApart(room));
    this.#leavings.set(room, callOff);
  }

  #takeApart(room: Room): void {
    this.#leavings.get(room)?.();
    this.#leavings.delete(room);
    if (this.#rooms.includes(room)) this.#entrance.disconnect(room.input);
    this.#rooms = this.#rooms.filter((other) => other !== room);
    room.dispose();
  }

  dispose(): void {
    this.#callOffChange?.();
    if (this.#coming) this.#takeApart(this.#coming);
    for (const room of [...this.#rooms]) this.#takeApart(room);
    for (const node of [this.input, ...this.#ways, this.#entrance, this.output]) node.dispose();
  }
}
