// A transport without Tone: tells a song from a clock that a test moves, whenever the test lets it tick.
import type { Seconds } from '../../src/contract/units.ts';
import { LookAhead, type OpenTransport } from '../../src/midi/songTransport.ts';

/** Transports that tick when `tick` is called. `playing` counts those that play. */
export function fakeTransports(now: () => Seconds) {
  const ticks = new Set<() => void>();
  const open: OpenTransport = ({ moments, durationSeconds }, listener) => {
    const ahead = new LookAhead();
    /** The place in the song that is heard at each time; jumps of the loop follow the first. */
    let lines: { time: Seconds; place: Seconds; factor: number }[] = [];
    let factor = 1;
    let loop = false;
    let next = 0;
    let isOver = false;
    const lineAt = (time: Seconds) => lines.findLast((line) => line.time <= time) ?? lines[0];
    const placeAt = (time: Seconds) => {
      const line = lineAt(time);
      return line.place + Math.max(0, time - line.time) * line.factor;
    };
    const tick = () => {
      const horizon = ahead.tick(now());
      while (!isOver) {
        const line = lines[lines.length - 1];
        const timeOf = (place: Seconds) => line.time + (place - line.place) / line.factor;
        for (; next < moments.length && timeOf(moments[next]) <= horizon; next++) {
          listener.due(next, timeOf(moments[next]));
        }
        const end = timeOf(durationSeconds);
        if (end > horizon) break;
        isOver = !loop;
        if (!loop) {
          listener.ended(end);
          break;
        }
        listener.turned(end);
        lines.push({ time: end, place: 0, factor });
        next = 0;
      }
      listener.ticked(horizon);
    };
    const stop = () => void ticks.delete(tick);
    return {
      start(earliest, place) {
        lines = [{ time: earliest, place, factor }];
        const first = moments.findIndex((moment) => moment >= place);
        next = first < 0 ? moments.length : first;
        isOver = false;
        ahead.restart(now());
        ticks.add(tick);
        listener.started(earliest);
        tick();
      },
      stop,
      placeAt,
      setFactor(value) {
        const from = Math.max(ahead.horizon, now());
        factor = value;
        if (lines.length > 0) lines.push({ time: from, place: placeAt(from), factor });
        return from;
      },
      setLoop: (value) => void (loop = value),
      dispose: stop,
    };
  };
  return {
    open,
    tick: () => {
      for (const tick of [...ticks]) tick();
    },
    get playing() {
      return ticks.size;
    },
  };
}
