// Moves a held voice over the map of voices with the pointer.
import { createInstrument, factoryPreset, type Instrument } from 'numvox';

const pad = document.querySelector<HTMLButtonElement>('#pad')!;
const dot = document.querySelector<HTMLElement>('#place')!;
const status = document.querySelector('[role=status]')!;
const key = 55;
let loading: Promise<Instrument> | undefined;
let [x, y] = [0.5, 0.5];

async function load(): Promise<Instrument> {
  const instrument = await createInstrument({
    connect: true,
    onStatus: ({ state, step }) => (status.textContent = state === 'ready' ? 'Press and move' : step),
  });
  instrument.session.load(factoryPreset('Choir'));
  instrument.setParameters({ mapAmount: 1, mapX: x, mapY: y });
  return instrument;
}

async function press(): Promise<void> {
  const instrument = await (loading ??= load());
  instrument.noteOn(key, 100);
}

async function release(): Promise<void> {
  (await loading)?.noteOff(key);
}

async function move(toX: number, toY: number): Promise<void> {
  [x, y] = [toX, toY].map((place) => Math.min(1, Math.max(0, place)));
  dot.style.left = `${100 * x}%`;
  dot.style.top = `${100 - 100 * y}%`;
  (await loading)?.setParameters({ mapX: x, mapY: y });
}

function follow({ clientX, clientY }: PointerEvent): void {
  const { left, top, width, height } = pad.getBoundingClientRect();
  void move((clientX - left) / width, 1 - (clientY - top) / height);
}

pad.addEventListener('pointerdown', (event) => {
  pad.setPointerCapture(event.pointerId);
  follow(event);
  void press();
});
pad.addEventListener('pointermove', follow);
pad.addEventListener('pointerup', () => void release());
pad.addEventListener('pointercancel', () => void release());
pad.addEventListener('keydown', ({ key: name, repeat }) => {
  if (name === ' ' && !repeat) void press();
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[name] ?? [
    0, 0,
  ];
  if (dx !== 0 || dy !== 0) void move(x + 0.05 * dx, y + 0.05 * dy);
});
pad.addEventListener('keyup', ({ key: name }) => name === ' ' && void release());
