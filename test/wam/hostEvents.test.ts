// What a host says becomes notes, moves and beats at their frames, with a performer and a session that play to nobody.
import type { WamEvent } from '@webaudiomodules/api';
import { describe, expect, it } from 'vitest';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { HostEvents } from '../../src/wam/hostEvents.ts';
import { fakeSession } from './fakeSession.ts';

async function rig(aheadMs = 10_000) {
  const { session, performer, kernel } = await fakeSession();
  let fronts = 0;
  const events = new HostEvents({
    performer,
    session,
    frameRate: 48_000,
    nowMs: () => 0,
    // Everything at once, with its frame, unless a test has it wait.
    aheadMs,
    silenceEffects: () => undefined,
    onFront: () => void fronts++,
  });
  const notes = () => kernel.filter((m): m is Extract<ToKernel, { type: 'noteOn' }> => m.type === 'noteOn');
  const parameters = () =>
    kernel.filter((m): m is Extract<ToKernel, { type: 'parameters' }> => m.type === 'parameters');
  return { events, session, performer, kernel, notes, parameters, fronts: () => fronts };
}

const midi = (...bytes: [number, number, number]): WamEvent => ({ type: 'wam-midi', data: { bytes } });
const transport = (quarters: number, playing = true, tempo = 120): WamEvent => ({
  type: 'wam-transport',
  data: {
    currentBar: Math.floor(quarters / 4),
    currentBarStarted: 1 - ((quarters % 4) * 60) / tempo,
    tempo,
    timeSigNumerator: 4,
    timeSigDenominator: 4,
    playing,
  },
});

describe('events of a host', () => {
  it('play notes at their frames', async () => {
    const { events, notes } = await rig();
    events.play(midi(0x90, 60, 100), 1000);
    events.play(midi(0x91, 62, 90), 1500.25);
    expect(notes().map(({ frame }) => frame)).toEqual([48_000, 72_012]);
  });

  it('automate parameters, normalised or not, at their frames, and leave out what is none', async () => {
    const { events, session, parameters } = await rig();
    events.play({ type: 'wam-automation', data: { id: 'brightness', value: 0.75, normalized: true } }, 500);
    events.play({ type: 'wam-automation', data: { id: 'formant', value: 99, normalized: false } }, 501);
    events.play({ type: 'wam-automation', data: { id: 'nothing', value: 1, normalized: false } }, 502);
    expect(session.state.values.brightness).toBe(6);
    expect(session.state.values.formant).toBe(12);
    expect(parameters().map(({ frame }) => frame)).toEqual([24_000, 24_048]);
    expect(session.state.history.undoLabel).toBeNull();
  });

  it('of MPE open a zone, so that a channel bends its own note', async () => {
    const { events, performer } = await rig();
    events.play({ type: 'wam-mpe', data: { bytes: [0x91, 60, 100] } }, 100);
    expect(performer.zoneMembers('lower')).toBe(15);
    expect(performer.isInZone(2)).toBe(true);
  });

  it('of MPE that come ahead of their time leave the notes before them, and bend each its own', async () => {
    const { events, kernel, notes } = await rig(0);
    const mpe = (...bytes: number[]): WamEvent => ({ type: 'wam-mpe', data: { bytes } }) as WamEvent;
    events.play(mpe(0x91, 60, 100), 100);
    events.play(mpe(0xe1, 0, 96), 110);
    events.play(mpe(0x92, 64, 100), 120);
    expect(notes().map(({ frame }) => frame)).toEqual([4800, 5760]);
    expect(kernel.filter(({ type }) => type === 'noteOff')).toEqual([]);
    const [first, second] = notes().map(({ noteId }) => noteId);
    const bent = kernel.filter((m) => m.type === 'control').filter((m) => m.pitchRatio !== undefined);
    expect(bent.some(({ noteId, frame }) => noteId === first && frame === 5280)).toBe(true);
    expect(bent.some(({ noteId, frame }) => noteId === second && frame === 5280)).toBe(false);
    events.close();
  });

  it('stop the gesture and what follows the beat though the host says no tempo any more', async () => {
    const { events, session } = await rig();
    let stops = 0;
    session.gesture.stop = () => void stops++;
    events.play(transport(0), 1000);
    const quiet: WamEvent = { type: 'wam-transport', data: { playing: false } as never };
    stops = 0;
    events.play(quiet, 2000);
    events.play(quiet, 2100);
    expect(stops).toBe(1);
    events.play(transport(2), 3000);
    stops = 0;
    events.play(transport(2, false, 0), 4000);
    expect(stops).toBe(1);
  });

  it('start from the front with lyrics, gesture and chance, and go on from elsewhere without', async () => {
    const { events, session, performer, fronts } = await rig();
    session.lyrics.setText('1 2 3');
    performer.setParameter('mode', 2);
    events.play(midi(0x90, 60, 100), 10);
    expect(session.lyrics.next).toBe(1);
    events.play(transport(0), 1000);
    expect(fronts()).toBe(1);
    expect(session.lyrics.next).toBe(0);
    events.play(midi(0x90, 60, 100), 1010);
    events.play(transport(8, false), 2000);
    events.play(transport(8), 1000);
    expect(fronts()).toBe(1);
    expect(session.lyrics.next).toBe(1);
  });

  it('set the tempo and the beat of what follows it', async () => {
    const { events, session, parameters } = await rig();
    events.play(transport(2, true, 90), 1000);
    expect(session.state.values.tempo).toBe(90);
    expect(parameters().length).toBeGreaterThan(0);
    events.play(transport(2, true, 1000), 1000);
    expect(session.state.values.tempo).toBe(300);
    for (const tempo of [0, -1, NaN]) events.play(transport(2, true, tempo), 1000);
    // Hosts in plain JavaScript may leave everything out.
    for (const type of ['wam-transport', 'wam-midi', 'wam-mpe', 'wam-automation'])
      events.play({ type } as WamEvent, 1000);
    expect(session.state.values.tempo).toBe(300);
  });

  it('have what follows the tempo on the beat of the transport, though the tempo is the one that was', async () => {
    const { events, session, parameters } = await rig();
    session.set('lfoTo', 1);
    session.set('lfoAmount', 0.5);
    session.set('lfoSync', 3);
    events.play(transport(2, true, session.state.values.tempo), 1000);
    const { frame, parameters: told } = parameters().at(-1)!;
    expect(frame).toBe(48_000);
    // A turn for each quarter: two are over, whichever frame they are counted from.
    const { lfoTurns, phaseFrame, lfoHz } = told;
    expect(lfoTurns! + ((48_000 - phaseFrame) * lfoHz) / 48_000).toBeCloseTo(2, 6);
  });

  it('that were cleared on their way leave no key down', async () => {
    const { events, performer, kernel } = await rig();
    events.play(midi(0x90, 60, 100), -5);
    events.play(midi(0x90, 62, 100), 20);
    events.play(midi(0x90, 64, 100), 20);
    events.play(midi(0x80, 64, 64), 30);
    const before = kernel.filter(({ type }) => type === 'noteOff').length;
    events.retract();
    const offs = kernel.filter((m): m is Extract<ToKernel, { type: 'noteOff' }> => m.type === 'noteOff');
    // The one that was to come; what sounds already is the host's to end.
    expect(offs.slice(before).map(({ frame }) => frame)).toEqual([960]);
    expect(performer.holdsNotes).toBe(true);
    events.retract();
    expect(kernel.filter(({ type }) => type === 'noteOff')).toHaveLength(offs.length);
  });

  it('that are no music do nothing', async () => {
    const { events, kernel } = await rig();
    const before = kernel.length;
    events.play({ type: 'wam-sysex', data: { bytes: new Uint8Array([0xf0, 0x7e, 0xf7]) } }, 0);
    events.play({ type: 'wam-osc', data: { bytes: new Uint8Array(4) } }, 0);
    events.play(midi(0xf8, 0, 0), 0);
    events.play({ type: 'wam-midi' } as WamEvent, 0);
    events.play({ type: 'wam-automation' } as WamEvent, 0);
    expect(kernel.length).toBe(before);
  });
});
