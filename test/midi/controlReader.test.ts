// Control changes: 14-bit pairs without jags, parameter numbers in any order, plain knobs on protocol numbers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ControlReader, dataOf14 } from '../../src/midi/controlReader.ts';

/** Sends pairs of controller and data on channel 1; answers what was read. */
function read(reader: ControlReader, ...changes: readonly (readonly [number, number])[]) {
  return changes.map(([controller, data]) => reader.read(1, controller, data)).filter((event) => event);
}

describe('fine values', () => {
  it('meet the coarse scale at both ends and in the middle', () => {
    expect(dataOf14(0)).toBe(0);
    expect(dataOf14(8192)).toBe(64);
    expect(dataOf14(16383)).toBe(127);
    for (let raw = 1; raw < 16384; raw++) expect(dataOf14(raw)).toBeGreaterThan(dataOf14(raw - 1));
  });
});

describe('14-bit pairs', () => {
  it('take a coarse half alone as the whole value', () => {
    const reader = new ControlReader();
    expect(read(reader, [1, 127], [1, 64], [1, 0])).toMatchObject([
      { controller: 1, data: 127, isFine: false },
      { controller: 1, data: 64 },
      { controller: 1, data: 0 },
    ]);
  });

  it('join both halves under the coarse number', () => {
    const events = read(new ControlReader(), [1, 100], [33, 50]);
    expect(events[1]).toEqual({
      type: 'control',
      channel: 1,
      controller: 1,
      data: dataOf14(100 * 128 + 50),
      isFine: true,
    });
  });

  it('move in one direction when the control does, halves between included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 16383 }), fc.integer({ min: 0, max: 16383 }), (from, to) => {
        const reader = new ControlReader();
        read(reader, [7, from >> 7], [39, from & 127]);
        const moved = read(reader, [7, to >> 7], [39, to & 127]).map((event) => {
          if (event?.type !== 'control') throw new Error('no control');
          return event.data;
        });
        const course = [dataOf14(from), ...moved];
        expect(course.at(-1)).toBe(dataOf14(to));
        const sign = Math.sign(to - from);
        for (let k = 1; k < course.length; k++) {
          expect(sign * (course[k] - course[k - 1])).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('leaves plain knobs on 33..63 alone, and banks unpaired', () => {
    expect(read(new ControlReader(), [33, 9])).toMatchObject([{ controller: 33, data: 9, isFine: false }]);
    expect(read(new ControlReader(), [0, 1], [32, 5])).toMatchObject([
      { controller: 0, data: 1 },
      { controller: 32, data: 5, isFine: false },
    ]);
  });

  it('keeps channels apart', () => {
    const reader = new ControlReader();
    reader.read(1, 1, 64);
    expect(reader.read(2, 33, 5)).toMatchObject({ channel: 2, controller: 33, data: 5 });
  });
});

describe('parameter numbers', () => {
  it('read registered data entry as its two halves; a coarse half clears the fine one', () => {
    const reader = new ControlReader();
    expect(read(reader, [101, 0], [100, 0], [6, 12], [38, 50], [6, 2])).toEqual([
      { type: 'rpn', channel: 1, number: 0, coarse: 12, fine: 0 },
      { type: 'rpn', channel: 1, number: 0, coarse: 12, fine: 50 },
      { type: 'rpn', channel: 1, number: 0, coarse: 2, fine: 0 },
    ]);
  });

  it('take the halves of a number in either order, with other controllers between', () => {
    const events = read(new ControlReader(), [98, 3], [1, 5], [99, 1], [74, 6], [6, 64], [38, 0]);
    expect(events).toEqual([
      { type: 'control', channel: 1, controller: 1, data: 5, isFine: false },
      { type: 'control', channel: 1, controller: 74, data: 6, isFine: false },
      { type: 'nrpn', channel: 1, number: 131, data: 64 },
      { type: 'nrpn', channel: 1, number: 131, data: 64 },
    ]);
  });

  it('come to the exact value whichever half of their data comes first', () => {
    for (const isFineFirst of [false, true]) {
      for (const isSelectedEachTime of [false, true]) {
        for (const betweenMs of [20, 2]) {
          const reader = new ControlReader();
          let ms = 0;
          const send = (controller: number, data: number, afterMs = 0) =>
            reader.read(1, controller, data, (ms += afterMs));
          const select = () => {
            send(99, 1, betweenMs);
            send(98, 3);
          };
          select();
          for (const raw of [2560, 0, 9000, 8191, 8192, 16_383, 129, 127, 128, 0]) {
            if (isSelectedEachTime) select();
            const halves = [
              [6, raw >> 7],
              [38, raw & 127],
            ] as const;
            const [first, second] = isFineFirst ? [halves[1], halves[0]] : halves;
            send(first[0], first[1], betweenMs);
            expect(send(second[0], second[1], 1)).toMatchObject({ data: dataOf14(raw) });
          }
        }
      }
    }
  });

  it('are exact where the fine half comes first behind a coarse value', () => {
    const reader = new ControlReader();
    read(reader, [99, 1], [98, 3], [6, 20], [38, 0]);
    expect(read(reader, [6, 0]).at(-1)).toMatchObject({ data: 0 });
  });

  it('never turn back between their halves once it is known that the coarse one comes first', () => {
    const reader = new ControlReader();
    let ms = 0;
    read(reader, [99, 1], [98, 3]);
    let before = -1;
    for (let raw = 1000; raw < 9000; raw += 37) {
      for (const [controller, data, afterMs] of [
        [6, raw >> 7, 20],
        [38, raw & 127, 1],
      ] as const) {
        const event = reader.read(1, controller, data, (ms += afterMs));
        if (event?.type !== 'nrpn') throw new Error('no parameter number');
        if (raw > 1100) expect(event.data).toBeGreaterThanOrEqual(before);
        before = event.data;
      }
    }
  });

  it('ignore data after the null number and while half a number is known', () => {
    const reader = new ControlReader();
    expect(read(reader, [99, 0], [6, 64])).toEqual([]);
    expect(read(reader, [101, 127], [100, 127], [6, 64], [38, 1], [96, 0])).toEqual([]);
    expect(read(reader, [99, 0], [98, 2], [6, 7])).toMatchObject([{ type: 'nrpn', number: 2, data: 7 }]);
  });

  it('do not mix a registered half with a non-registered one', () => {
    expect(read(new ControlReader(), [101, 0], [98, 0], [6, 5])).toEqual([]);
  });

  it('step up and down whatever the data byte says', () => {
    const events = read(new ControlReader(), [99, 0], [98, 4], [96, 0], [96, 127], [97, 5]);
    expect(events).toEqual([1, 1, -1].map((by) => ({ type: 'step', of: 'nrpn', channel: 1, number: 4, by })));
  });

  it('leave 6, 38, 96 and 97 plain on devices that never select a number', () => {
    expect(read(new ControlReader(), [6, 5], [96, 7])).toMatchObject([
      { type: 'control', controller: 6, data: 5 },
      { type: 'control', controller: 96, data: 7 },
    ]);
  });

  it('give a sane event for every message of any storm', () => {
    const change = fc.tuple(
      fc.integer({ min: 1, max: 16 }),
      fc.oneof(fc.constantFrom(6, 38, 96, 97, 98, 99, 100, 101), fc.integer({ min: 0, max: 119 })),
      fc.integer({ min: 0, max: 127 }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
        const reader = new ControlReader();
        for (const [channel, controller, data] of changes) {
          const event = reader.read(channel, controller, data);
          if (!event) continue;
          expect(event.channel).toBe(channel);
          if (event.type === 'control' || event.type === 'nrpn') {
            expect(event.data).toBeGreaterThanOrEqual(0);
            expect(event.data).toBeLessThanOrEqual(127);
          }
          if (event.type !== 'control') expect(event.number).toBeLessThan(0x3fff);
        }
      }),
    );
  });
});
