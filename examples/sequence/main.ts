// Repeats a line of digits in time: notes are sent ahead, each with the frame at which it sounds.
import { createInstrument, type Instrument } from 'numvox';

const [line, tempo] = ['#line', '#tempo'].map((name) => document.querySelector<HTMLInputElement>(name)!);
const button = document.querySelector<HTMLButtonElement>('#play')!;
const status = document.querySelector('[role=status]')!;
/** Notes are sent so far ahead that a timer that comes late is not heard. */
const aheadSeconds = 0.3;

let instrument: Instrument | undefined;
let timer: ReturnType<typeof setInterval> | undefined;
let step = 0;
let nextSeconds = 0;

function send({ performer, seconds, frameRate }: Instrument): void {
  for (; nextSeconds < seconds + aheadSeconds; step++) {
    const digit = Number.parseInt(line.value.charAt(step % Math.max(1, line.value.length)), 10);
    const frame = Math.round(nextSeconds * frameRate);
    // Four steps to a beat of the tempo.
    nextSeconds += 15 / Number(tempo.value);
    if (Number.isNaN(digit)) continue;
    performer.noteOn(1, 60 + digit, step % 4 === 0 ? 110 : 80, frame);
    performer.noteOff(1, 60 + digit, undefined, frame);
  }
}

button.addEventListener('click', () => void toggle());

async function toggle(): Promise<void> {
  if (timer !== undefined) {
    clearInterval(timer);
    timer = undefined;
  } else {
    status.textContent = 'Loading';
    const loaded = (instrument ??= await createInstrument({ connect: true }));
    loaded.setParameters({ reverb: 0.2, delay: 0.25, tempo: Number(tempo.value) });
    [step, nextSeconds] = [0, loaded.seconds + 0.1];
    timer = setInterval(() => send(loaded), 50);
  }
  button.textContent = timer === undefined ? 'Play' : 'Stop';
  status.textContent = timer === undefined ? '' : 'Playing';
}
