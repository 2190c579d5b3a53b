// What the player wants of ports: kept, read back, and harmless where what is kept is damaged; and positions of equal names.
import { describe, expect, it } from 'vitest';
import { PortPositions } from '../../src/midi/portPositions.ts';
import { openInput, PortSettings, portsKey } from '../../src/midi/portSettings.ts';
import { memoryStore } from '../helpers/midiTarget.ts';

describe('settings of ports', () => {
  it('are open for ports that nothing was set for, and send nowhere', () => {
    const settings = new PortSettings(memoryStore());
    expect(settings.input('Keys')).toEqual({ on: true, channel: 'any', role: 'everything' });
    expect(settings.output.device).toBe('');
    expect(settings.doubled).toBe(false);
    expect(settings.fault).toBe('');
  });

  it('are the same after a reload, each port its own', () => {
    const store = memoryStore();
    const first = new PortSettings(store);
    let changes = 0;
    first.subscribe(() => changes++);
    first.setInput('Keys', { on: false });
    first.setInput('Keys #2', { role: 'clock', channel: 16 });
    first.setDoubled(true);
    first.setOutput({ device: 'Synth', notes: false });
    expect(changes).toBe(4);
    const second = new PortSettings(store);
    expect(second.input('Keys')).toEqual({ ...openInput, on: false });
    expect(second.input('Keys #2')).toEqual({ on: true, role: 'clock', channel: 16 });
    expect(second.doubled).toBe(true);
    expect(second.output).toEqual({ device: 'Synth', notes: false, controllers: true, clock: true });
  });

  it.each(['', 'null', '{}', '[1]', 'no json', '{"format":"numvox-midi-ports","version":2}'])(
    'are as at first, with a sentence, where %j is kept, which stays kept',
    (text) => {
      const store = memoryStore({ [portsKey]: text });
      const settings = new PortSettings(store);
      expect(settings.input('Keys')).toEqual(openInput);
      expect(settings.fault).toMatch(/could not be read.*kept as "numvox.midi.ports.unreadable.1"/);
      settings.setDoubled(true);
      expect(store.kept.get('numvox.midi.ports.unreadable.1')).toBe(text);
      expect(new PortSettings(store).doubled).toBe(true);
    },
  );

  it('hold where the browser keeps nothing', () => {
    const store = memoryStore();
    store.fault = 'full';
    const settings = new PortSettings(store);
    settings.setDoubled(true);
    expect(settings.doubled).toBe(true);
    expect(settings.fault).toMatch(/could not be saved/);
    const closed = {
      ...store,
      getItem: () => {
        throw new Error('denied');
      },
    };
    expect(new PortSettings(closed).fault).toMatch(/could not be read/);
  });
});

describe('two pages', () => {
  it('keep what each has set, and neither is told to do otherwise while it plays', () => {
    const store = memoryStore();
    const [one, other] = [new PortSettings(store), new PortSettings(store)];
    one.setInput('Keys', { role: 'keys' });
    one.setOutput({ device: 'Synth' });
    other.setInput('Knobs', { on: false });
    other.setDoubled(true);
    one.setInput('Pads', { channel: 3 });
    expect([one.doubled, other.output.device]).toEqual([false, '']);
    const later = new PortSettings(store);
    expect([later.input('Keys').role, later.input('Knobs').on, later.input('Pads').channel]).toEqual([
      'keys',
      false,
      3,
    ]);
    expect([later.output.device, later.doubled]).toEqual(['Synth', true]);
  });
});

describe('ports of one name', () => {
  const port = (id: string, name = 'Knobs') => ({ id, name });
  const assigned = (positions: PortPositions, ...ports: { id: string; name: string }[]) =>
    Object.fromEntries(positions.assign(ports));

  it('are counted in the order of the system, each name for itself', () => {
    const positions = new PortPositions();
    expect(assigned(positions, port('a'), port('x', 'Keys'), port('b'))).toEqual({ a: 1, x: 1, b: 2 });
  });

  it('keep their place while the other goes, and take it again when they come back', () => {
    const positions = new PortPositions();
    assigned(positions, port('a'), port('b'));
    expect(assigned(positions, port('b'))).toEqual({ b: 2 });
    expect(assigned(positions, port('b'), port('a'))).toEqual({ a: 1, b: 2 });
    // In another socket it has another id.
    assigned(positions, port('b'));
    expect(assigned(positions, port('b'), port('c'))).toEqual({ b: 2, c: 1 });
    expect(assigned(positions, port('a'), port('b'), port('c'))).toEqual({ a: 1, b: 2, c: 3 });
  });
});
