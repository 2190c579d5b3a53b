// A flood of MIDI at the path that messages take on a page: router, target, session, performer, and what these post to others.
import { Performer } from '../../src/performer/performer.ts';
import { HeldEvents } from '../../src/midi/heldEvents.ts';
import { MidiRouter, type RoutedPort } from '../../src/midi/router.ts';
import { performerTarget } from '../../src/midi/performerTarget.ts';
import type { ChannelMessage } from '../../src/midi/message.ts';
import { memoryStore } from '../../src/session/keyValueStore.ts';
import { Session } from '../../src/session/session.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { KernelOutbox } from '../../src/worklet/kernelOutbox.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { Random } from '../../src/dsp/random.ts';

/** Messages a second of each kind; notes are pairs of one that goes down and one that goes up. */
export const floodRates = {
  program: 20,
  noteOn: 200,
  noteOff: 200,
  pan: 600,
  style: 600,
  bend: 380,
} as const;
export type FloodKind = keyof typeof floodRates;
const sampleRate = 48_000;
/** A page draws sixty times a second, and its timers come after as long. */
const frameMs = 16;
/** The outbox's timer, by the clock of the flood. */
const flushMs = 2;

/** The messages of a second, of all kinds mixed, each with its moment in milliseconds. */
export function floodSecond(
  seed: number,
): { readonly ms: number; readonly kind: FloodKind; readonly message: ChannelMessage }[] {
  const random = new Random(seed);
  const upTo = (count: number) => Math.floor(count * random.uniform());
  const made = (kind: FloodKind, k: number): ChannelMessage => {
    const channel = 1 + (k % 16);
    switch (kind) {
      case 'program':
        return { type: 'program', channel, data: upTo(37) };
      case 'noteOn':
        return { type: 'noteOn', channel, note: 40 + (k % 40), velocity: 1 + upTo(127) };
      case 'noteOff':
        return { type: 'noteOff', channel, note: 40 + ((k + 196) % 40), velocity: 64 };
      case 'pan':
        return { type: 'control', channel, controller: 10, data: upTo(128) };
      case 'style':
        return { type: 'control', channel, controller: 70 + (k % 8), data: upTo(128) };
      case 'bend':
        return { type: 'bend', channel, bend: 2 * random.uniform() - 1 };
    }
  };
  return (Object.entries(floodRates) as [FloodKind, number][])
    .flatMap(([kind, rate]) =>
      Array.from({ length: rate }, (_, k) => ({ ms: (1000 * k) / rate, kind, message: made(kind, k) })),
    )
    .sort((a, b) => a.ms - b.ms);
}

/** A page's path without a page: what it posts is cloned, as it is for a worker, and counted. */
export async function floodedPage(manifest: Manifest) {
  let ms = 0;
  const timers: (() => void)[] = [];
  const frames: (() => void)[] = [];
  const posted = {
    /** What the performer says to the kernel, and in how many messages that goes there. */
    messages: [] as ToKernel['type'][],
    kernel: 0,
    /** Points that the decoder is asked for. */
    targets: 0,
    /** Frames in which the values are drawn anew. */
    shown: 0,
  };
  const bends: number[] = [];
  const outbox = new KernelOutbox({
    post: (message) => {
      posted.kernel++;
      const copy = structuredClone(message);
      for (const change of copy.type === 'changes' ? copy.changes : [copy]) {
        if (change.type === 'control' && change.pitchRatio !== undefined) bends.push(change.pitchRatio);
      }
    },
    isLive: true,
    now: () => ms,
  });
  let flushedAt = 0;
  const performer: Performer = new Performer({
    manifest,
    sampleRate,
    sendKernel: (message) => {
      posted.messages.push(message.type);
      outbox.send(message);
    },
    sendInference: (message) => {
      if (message.type === 'targets') posted.targets += message.targets.length;
      structuredClone(message);
    },
    now: () => ms / 1000,
    random: () => 0.5,
    onMove: (id, value, time) => session.takeOver(id, value, time),
    onProgram: (program, _channel, bank, time) => session.loadProgram(program, bank, time),
    startTimer: (callback) => {
      timers.push(callback);
      return () => undefined;
    },
  });
  const session = await Session.open({
    performer,
    manifest,
    bundle: { name: 'flooded', weightsHash: null },
    map: null,
    applyOutput: () => undefined,
    now: () => ms / 1000,
    startTicks: () => () => undefined,
    store: memoryStore(),
    scheduleFrame: (task) => frames.push(task),
  });
  session.state.live.subscribe(() => posted.shown++);
  performer.begin();
  const held = new HeldEvents({ now: () => ms, startWait: () => () => undefined });
  const router = new MidiRouter(
    performerTarget({
      performer,
      frameOf: (stamp) => Math.round((stamp * sampleRate) / 1000) + 480,
      setParameter: (id, value, time) => session.state.set(id, value, undefined, time),
      held,
    }),
    { handle: () => false },
  );
  const port: RoutedPort = router.open('flood');
  let drawn = 0;
  return {
    session,
    performer,
    posted,
    /** Pitch ratios that reached the kernel. */
    bends,
    /** Plays a message at its time; timers and frames that are due by then come first. */
    play(at: number, message: ChannelMessage): void {
      while (drawn + frameMs <= at) {
        drawn += frameMs;
        ms = drawn;
        performer.settledAt(performer.revision);
        performer.advance(Math.round(((ms + 120) * sampleRate) / 1000));
        for (const run of [...timers.splice(0), ...frames.splice(0)]) run();
      }
      ms = at;
      if (at - flushedAt >= flushMs) {
        outbox.flush();
        flushedAt = at;
      }
      port.handle({ ...message, ms });
    },
  };
}
