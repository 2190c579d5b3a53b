// What plays a session by hand: MIDI with learned controls, and songs. Events carry their frames, and what the page itself
// carries out waits for its time.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { parameterById, type ParameterId } from '../contract/parameters.ts';
import { HeldEvents } from '../midi/heldEvents.ts';
import { MidiLearn } from '../midi/learn.ts';
import type { MidiOut } from '../midi/midiOut.ts';
import type { MidiTarget } from '../midi/midiTarget.ts';
import { performerTarget, type BeatListener } from '../midi/performerTarget.ts';
import type { TextStore } from '../midi/profiles.ts';
import { SongPlayer } from '../midi/songPlayer.ts';
import type { OpenTransport } from '../midi/songTransport.ts';
import { controllerOfValue } from '../patch/gestureControllers.ts';
import { controllers } from '../performer/expression.ts';
import type { Performer } from '../performer/performer.ts';
import { LearnedControls } from './learnedControls.ts';
import type { Session } from './session.ts';

/** What playing stands on. */
export interface LivePlayOptions {
  readonly session: Session;
  readonly performer: Performer;
  /** Of the audio context. */
  readonly sampleRate: Hertz;
  /** The audio clock. */
  readonly audioNow: () => Seconds;
  /** The clock of MIDI's time stamps, milliseconds. */
  readonly nowMs: () => number;
  /** Context frame of a time stamp; undefined for now. */
  readonly frameOf: (ms: number | undefined) => Samples | undefined;
  /** Where learned controls are kept. */
  readonly learnStore: TextStore;
  readonly openTransport: OpenTransport;
  /** Bytes of the song that comes with the page. */
  readonly loadDemo: () => Promise<Uint8Array>;
  /** Silences everything that sounds, with what rings in the effects. */
  readonly silenceAll: () => void;
  /** Ends what rings in the effects. */
  readonly silenceEffects: () => void;
  /** Where what is played is sent, too. */
  readonly out?: PlayedOutput;
}

/** A MIDI output, and when a frame is played there. */
export interface PlayedOutput {
  readonly port: Pick<
    MidiOut,
    'played' | 'parameter' | 'transport' | 'beat' | 'songPosition' | 'silence' | 'panic'
  >;
  /** Time of a context frame in milliseconds of performance.now(). */
  readonly millisecondsOf: (frame: Samples) => number;
}

/** Learned controls, the song, and the target that MIDI inputs play. */
export class LivePlay {
  readonly learn: LearnedControls;
  readonly song: SongPlayer;
  readonly target: MidiTarget;
  readonly #held: HeldEvents;
  readonly #options: LivePlayOptions;
  #stopSending: (() => void)[] = [];
  readonly #stop: () => void;

  constructor(options: LivePlayOptions) {
    this.#options = options;
    const { session, performer, nowMs, frameOf, silenceEffects } = options;
    const { state } = session;
    const held = new HeldEvents({ now: nowMs });
    const beats = this.#send(options);
    const played = performerTarget({
      performer,
      frameOf,
      setParameter: (id, value, time) => state.set(id, value, undefined, time),
      held,
      ...(beats ? { beats } : {}),
    });
    this.learn = new LearnedControls(
      new MidiLearn({
        store: options.learnStore,
        setParameter: (id: ParameterId, value, ms = nowMs()) => played.setParameter(id, value, ms),
        parameterValue: (id) => state.values[id],
      }),
    );
    session.gesture.controllerOf = (id) => this.learn.controllerOf(id);
    const song = new SongPlayer({
      performer,
      sampleRate: options.sampleRate,
      now: options.audioNow,
      setParameter: (id, value, time) => state.takeOver(id, value, time),
      openTransport: options.openTransport,
      loadDemo: options.loadDemo,
      ...(beats ? { beats } : {}),
      kept: session.songs,
    });
    this.song = song;
    this.#stop = state.changed.subscribe(() => song.modeMoved());
    this.#held = held;
    this.target = {
      ...played,
      noteOn: (channel, note, ...rest) => {
        session.pads.keyDown(note);
        played.noteOn(channel, note, ...rest);
      },
      // A channel's sound ends with what rings in the effects, which all channels share: not while another one plays. So a
      // device that sends this on all its channels silences everything.
      controlChange: (channel, controller, data, ms) => {
        played.controlChange(channel, controller, data, ms);
        if (controller !== controllers.allSoundOff) return;
        held.add(ms, () => {
          if (!performer.holdsNotes) silenceEffects();
        });
      },
      // A clock is no move of the player, and nothing to undo. A song that plays has tempo and beat of its own; the clock says
      // its tempo again when that has ended.
      setTempo: (bpm, ms) =>
        held.add(ms, () => {
          if (song.state !== 'playing') state.followTempo(bpm, frameOf(ms));
        }),
      beat: (...args) => {
        if (song.state !== 'playing') played.beat(...args);
      },
      transport: (action, ms) => {
        if (song.state !== 'playing') played.transport(action, ms);
      },
    };
  }

  /** Sends what is played to the output, if there is one. */
  #send({ out, performer, session }: LivePlayOptions): BeatListener | undefined {
    if (!out) return undefined;
    const { port, millisecondsOf } = out;
    const msOf = (time: Samples | undefined) => (time === undefined ? undefined : millisecondsOf(time));
    this.#stopSending = [
      performer.played.subscribe((event) => port.played(event, msOf(event.time))),
      () => port.silence(),
      session.state.moved.subscribe(({ id, value }) => {
        const controller = this.learn.controllerOf(id);
        if (controller !== undefined) port.parameter(controller, controllerOfValue(parameterById(id), value));
      }),
    ];
    return {
      transport: (action, time) => port.transport(action, msOf(time)),
      beat: (quarters, bpm, time, isMeasured) => port.beat(quarters, bpm, msOf(time), isMeasured),
      songPosition: (quarters) => port.songPosition(quarters),
    };
  }

  /** Everything is silent at once, here and at the MIDI output, and a song that plays stops. */
  panic(): void {
    this.#held.clear();
    if (this.song.state === 'playing') this.song.stop();
    this.#options.silenceAll();
    this.#options.out?.port.panic();
  }

  /** Ends what goes on by itself. */
  close(): void {
    this.#stop();
    this.#held.clear();
    this.song.dispose();
    for (const stop of this.#stopSending) stop();
  }
}
