// The performer as the target of MIDI: time stamps become context frames, and what the page itself carries out waits for
// its time.
import { parameterById, parameterOfController, type ParameterId } from '../contract/parameters.ts';
import type { Samples } from '../contract/units.ts';
import type { Performer } from '../performer/performer.ts';
import { controllers } from '../performer/expression.ts';
import type { HeldEvents } from './heldEvents.ts';
import type { MidiTarget, TransportAction } from './midiTarget.ts';

/** What stands between time stamps, parameters and the performer. */
export interface PerformerTargetOptions {
  readonly performer: Performer;
  /** Context frame of a time stamp in milliseconds, or undefined for now. */
  readonly frameOf: (ms: number) => Samples | undefined;
  /** Where parameters go first, for undo and the page; without it straight to the performer. */
  readonly setParameter?: (id: ParameterId, value: number, time?: Samples) => void;
  /** Where events wait whose stamps lie ahead. Without it, as offline, every event comes at its time. */
  readonly held?: HeldEvents;
  /** True where programs leave the tempo alone, as what plays has its own. */
  readonly keepsTempo?: boolean;
  /** Hears of transport and beats too. */
  readonly beats?: BeatListener;
}

/** Hears where a song or clock stands. Frames of the context; absent for now. */
export interface BeatListener {
  transport(action: TransportAction, time: Samples | undefined): void;
  /** See `MidiTarget.beat`. */
  beat(quarters: number, bpm: number, time: Samples | undefined, isMeasured: boolean): void;
  songPosition(quarters: number): void;
}

/** Stamps that lie further back come from another clock. */
const latestMs = 1000;
/** Levels of a channel, in spite of the table's default for two of them. */
const levels: ReadonlySet<number> = new Set([controllers.volume, controllers.pan, controllers.expression]);

/**
 * Plays a performer by MIDI. Notes, bends, levels, ranges and zones go to it as they come, with their frames; what moves
 * parameters, programs and the tempo waits in `held`, but never lets a note that depends on it overtake it.
 */
export function performerTarget(options: PerformerTargetOptions): MidiTarget {
  const { performer, frameOf, held, keepsTempo = false, beats } = options;
  const setParameter = options.setParameter ?? ((id, value, time) => performer.setParameter(id, value, time));
  /** Values that wait, the last one of each parameter. */
  const waiting = new Map<ParameterId, { readonly value: number }>();
  const later = (ms: number, act: () => void, shapesNotes = false) => {
    if (held) held.add(ms, act, shapesNotes);
    else act();
  };
  const changeParameter = (id: ParameterId, value: number, ms: number) => {
    const pending = { value };
    waiting.set(id, pending);
    later(
      ms,
      () => {
        if (waiting.get(id) === pending) waiting.delete(id);
        setParameter(id, value, frameOf(ms));
      },
      parameterById(id).shapesNotes,
    );
  };
  held?.onClear(() => waiting.clear());
  return {
    noteOn: (channel, note, velocity, ms, play) => {
      held?.beforeNotes(ms);
      performer.noteOn(channel, note, velocity, frameOf(ms), play);
    },
    noteOff: (channel, note, velocity, ms) => performer.noteOff(channel, note, velocity, frameOf(ms)),
    pitchBend: (channel, bend, ms) => {
      held?.beforeNotes(ms);
      performer.pitchBend(channel, bend, frameOf(ms));
    },
    channelPressure: (channel, pressure, ms) => performer.channelPressure(channel, pressure, frameOf(ms)),
    polyPressure: (channel, note, pressure, ms) =>
      performer.polyPressure(channel, note, pressure, frameOf(ms)),
    controlChange: (channel, controller, data, ms) => {
      const parameter = levels.has(controller) ? undefined : parameterOfController(controller);
      const isOfNotes = controller === controllers.timbre && performer.isInZone(channel);
      const act = () => performer.controlChange(channel, controller, data, frameOf(ms));
      if (parameter && !isOfNotes) later(ms, act, parameter.shapesNotes);
      else act();
    },
    programChange: (channel, program, ms, bank) =>
      later(
        ms,
        () => {
          const tempo = performer.parameter('tempo');
          performer.programChange(channel, program, frameOf(ms), bank);
          // Not before, and not apart: effects take both as one change.
          if (keepsTempo && performer.parameter('tempo') !== tempo) setParameter('tempo', tempo, frameOf(ms));
        },
        true,
      ),
    setBendRange: (channel, semitones, cents, ms) =>
      performer.setBendRange(channel, semitones, cents, frameOf(ms)),
    setChannelTuning: (channel, semitones, ms) => performer.setChannelTuning(channel, semitones, frameOf(ms)),
    setZone: (zone, members, ms) => performer.setZone(zone, members, frameOf(ms)),
    zoneMembers: (zone) => performer.zoneMembers(zone),
    restoreChannel: (channel) => performer.restoreChannel(channel),
    setParameter: changeParameter,
    parameterValue: (id) => waiting.get(id)?.value ?? performer.parameter(id),
    setTempo: (bpm, ms) => later(ms, () => performer.setTempo(bpm, frameOf(ms))),
    beat: (quarters, bpm, ms, isMeasured) => {
      const late = held ? held.nowMs - ms : 0;
      const stamped = frameOf(ms);
      // The frame of a tick that was heard late is over: by now the beat has gone on, along the same line.
      const isOver = held !== undefined && stamped === undefined;
      const since = isOver && late > 0 && late < latestMs ? late : 0;
      const frame = isOver ? frameOf(held.nowMs) : stamped;
      const place = quarters + (since * bpm) / 60_000;
      performer.followBeat(place, bpm, frame, isMeasured);
      beats?.beat(place, bpm, frame, isMeasured);
      // A song's beats are told with all of its tempi; a clock tells a tempo when it changes, and the beat again and again.
      if (late >= 0 && held) performer.setTempo(performer.parameter('tempo'), frame);
    },
    transport: (action, ms) => {
      beats?.transport(action, frameOf(ms));
      if (action === 'start') performer.transportStart(frameOf(ms));
      else if (action === 'stop') performer.transportStop(frameOf(ms));
    },
    songPosition: (quarters) => {
      beats?.songPosition(quarters);
      if (quarters === 0) performer.resetLyrics();
    },
  };
}
