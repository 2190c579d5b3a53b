// A performer whose messages are kept, with a clock and timers that stand still until a test moves them.
import { playModes, voiceModes, holdModes, arpModes } from '../../src/contract/parameters.ts';
import { Performer, type NoteEvent, type PerformerOptions } from '../../src/performer/performer.ts';
import type { ToInference } from '../../src/model/inferenceProtocol.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { smallManifest } from './manifest.ts';

/** Frames a second of the rig's audio context. */
export const rigRate = 48_000;

/** First slot of notes of their own with the rig's three speakers. */
export const rigFirstOwn = 90;

type Of<Type extends ToKernel['type']> = Extract<ToKernel, { type: Type }>;
type Targets = Extract<ToInference, { type: 'targets' }>;

/** A performer of three speakers whose style of digit d is [speaker, d], and what it says. */
export function performerRig(options: Partial<PerformerOptions> = {}) {
  const kernel: ToKernel[] = [];
  const targets: Targets[] = [];
  const notes: NoteEvent[] = [];
  const timers: (() => void)[] = [];
  const clock = { seconds: 0 };
  const performer = new Performer({
    manifest: smallManifest(3),
    sendKernel: (message) => kernel.push(message),
    sendInference: (message) => {
      if (message.type === 'targets') targets.push(message);
    },
    sampleRate: rigRate,
    now: () => clock.seconds,
    random: () => 0.45,
    onNote: (event) => notes.push(event),
    startTimer: (callback) => {
      timers.push(callback);
      return () => void timers.splice(timers.indexOf(callback), 1);
    },
    ...options,
  });
  const of = <Type extends ToKernel['type']>(type: Type) =>
    kernel.filter((message): message is Of<Type> => message.type === type);
  return {
    performer,
    kernel,
    targets,
    notes,
    clock,
    of,
    tick: () => timers.splice(0).forEach((callback) => callback()),
    /** Takes the messages that came since the last call. */
    taken: () => kernel.splice(0),
    mode: (mode: (typeof playModes)[number]) => performer.setParameter('mode', playModes.indexOf(mode)),
    voices: (mode: (typeof voiceModes)[number]) =>
      performer.setParameter('voiceMode', voiceModes.indexOf(mode)),
    hold: (mode: (typeof holdModes)[number]) => performer.setParameter('hold', holdModes.indexOf(mode)),
    arp: (mode: (typeof arpModes)[number]) => performer.setParameter('arpMode', arpModes.indexOf(mode)),
  };
}

/**
 * What is wrong with a row of messages as far as single notes go: frames that go backwards, words after the end, two
 * held notes in one slot of their own; and the notes that were never released.
 */
export function readNotes(messages: readonly ToKernel[]): { faults: string[]; hanging: number[] } {
  const faults: string[] = [];
  const last = new Map<number, number>();
  const started = new Set<number>();
  const ended = new Set<number>();
  const owners = new Map<number, number>();
  for (const message of messages) {
    if (message.type === 'clip' || !('noteId' in message) || message.noteId === undefined) continue;
    const { noteId, type } = message;
    const frame = message.frame ?? last.get(noteId) ?? 0;
    if (frame < (last.get(noteId) ?? 0)) faults.push(`${type} of note ${noteId} goes back to ${frame}`);
    last.set(noteId, frame);
    if ((type === 'noteOn' || type === 'word') && message.slot >= rigFirstOwn) {
      const owner = owners.get(message.slot) ?? noteId;
      if (owner !== noteId && !ended.has(owner)) {
        faults.push(`notes ${owner} and ${noteId} share slot ${message.slot}`);
      }
      owners.set(message.slot, noteId);
    }
    if (type === 'noteOn') {
      if (started.has(noteId)) faults.push(`note ${noteId} starts twice`);
      started.add(noteId);
    } else if (!started.has(noteId)) {
      faults.push(`${type} of note ${noteId} before its start`);
    } else if (type === 'noteOff') {
      if (ended.has(noteId)) faults.push(`note ${noteId} ends twice`);
      ended.add(noteId);
    } else if (type === 'word' && ended.has(noteId)) {
      faults.push(`note ${noteId} says a word after its end`);
    }
  }
  return { faults, hanging: [...started].filter((noteId) => !ended.has(noteId)) };
}
