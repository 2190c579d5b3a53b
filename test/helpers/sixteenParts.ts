// A General MIDI arrangement of sixteen parts, as people bring them: programs, levels, places, bends and some hundred notes.
import type { SongEvent } from '../../src/midi/song.ts';
import type { ChannelMessage } from '../../src/midi/message.ts';

const beat = 60 / 112;
const bar = 4 * beat;
const drums = 10;
/** Of each channel from 1 on: piano, guitar, bass, strings and so on, as sequencers write them. */
const programs = [0, 25, 33, 48, 35, 56, 61, 73, 11, 0, 16, 24, 32, 52, 38, 16];
const roots = [45, 41, 48, 43];

/**
 * @param bars bars of 2.1 s, 4 and more
 * @returns about 70 notes and 55 controllers, bends and pressures a bar, in order of time
 */
export function sixteenParts(bars: number): SongEvent[] {
  const events: SongEvent[] = [{ seconds: 0, type: 'tempo', bpm: 112 }];
  const say = (seconds: number, message: ChannelMessage) => events.push({ seconds, ...message });
  const control = (seconds: number, channel: number, controller: number, data: number) =>
    say(seconds, { type: 'control', channel, controller, data });
  const key = (at: number, beats: number, channel: number, note: number, velocity: number) => {
    say(at, { type: 'noteOn', channel, note, velocity });
    say(at + beats * beat - 0.02, { type: 'noteOff', channel, note, velocity: 64 });
  };
  programs.forEach((data, k) => {
    say(0, { type: 'program', channel: k + 1, data });
    control(0, k + 1, 7, 70 + 3 * k);
    control(0, k + 1, 10, 8 * k);
  });
  for (let k = 0; k < bars; k++) {
    const at = k * bar;
    const root = roots[k % roots.length];
    const chord = [root + 12, root + 16, root + 19];
    // Every fourth bar another part takes another program, one of them with an oscillator on a style.
    if (k % 4 === 2) say(at, { type: 'program', channel: 2, data: [35, 14, 1, 24][(k >> 2) % 4] });
    for (const note of chord) {
      key(at, 2, 1, note, 80);
      key(at + 2 * beat, 2, 1, note, 70);
      key(at, 4, 4, note + 12, 60);
      key(at, 4, 5, note, 64);
    }
    for (let step = 0; step < 8; step++) key(at + (step * beat) / 2, 0.5, 2, chord[step % 3] + 12, 84);
    for (let step = 0; step < 4; step++) {
      key(at + step * beat, 1, 3, root - 12, 100);
      key(at + step * beat, 0.8, 6, chord[(step + k) % 3] + 24, 90);
      key(at + (step + 0.5) * beat, 0.4, 7, chord[step % 3], 96);
      key(at + (step + 0.5) * beat, 0.5, 9, chord[(step + 1) % 3] + 24, 70);
    }
    for (let step = 0; step < 16; step++) {
      const drum = step % 4 === 0 ? 36 : step % 8 === 4 ? 38 : 42;
      key(at + (step * beat) / 4, 0.2, drums, drum, 100 - (step % 3) * 12);
    }
    for (const channel of [8, 11, 12, 13, 14, 15, 16])
      key(at + 0.01 * channel, 1.5, channel, chord[channel % 3], 60 + channel);
    // The places of some parts wander, and others swell, as sequencers draw it.
    for (let step = 0; step < 16; step++) {
      control(at + (step * beat) / 4, 2, 10, 64 + Math.round(50 * Math.sin(0.4 * (16 * k + step))));
      control(at + (step * beat) / 4, 4, 11, 90 + Math.round(30 * Math.sin(0.2 * step)));
    }
    for (let step = 0; step < 12; step++) {
      say(at + 0.02 * step, { type: 'bend', channel: 6, bend: -0.5 + step / 24 });
      control(at + 2 * beat + 0.04 * step, 8, 1, 8 * step);
    }
  }
  return events.sort((a, b) => a.seconds - b.seconds);
}
