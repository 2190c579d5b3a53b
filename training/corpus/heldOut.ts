// Which takes of a corpus without a split of its own are held out: whole speakers where there are many, single takes where there are few.
import { createHash } from 'node:crypto';
import { isHeldOutOfSpeechCommands } from './speechCommands.ts';
import { sexOf, type Take } from './takes.ts';

/** One in so many speakers, or takes of a digit, is held out. */
const heldOutShare = 8;
/** From so many speakers of one source and sex on, speakers are held out. */
const manySpeakers = 40;

/**
 * The takes with their sides of the split.
 *
 * Where a source has 40 or more speakers of a sex (that sex nobody tells counts as one), an eighth of them is held out whole: those whose
 * names have the lowest SHA-1, so that the choice depends on the names alone and women are held out in their share. Of Speech Commands, its official test speakers are among them.
 * Where there are fewer, every speaker is trained on, and every eighth take of a digit, in the order of the takes, is held out.
 */
export function holdOut(takes: readonly Take[]): Take[] {
  const groups = new Map<string, Set<string>>();
  for (const take of takes) {
    const key = groupOf(take);
    groups.set(key, (groups.get(key) ?? new Set()).add(take.speaker));
  }
  const held = new Map<string, ReadonlySet<string>>();
  for (const [group, speakers] of groups) {
    if (speakers.size < manySpeakers) continue;
    const ordered = [...speakers]
      .map((speaker) => [hashOf(speaker), speaker] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const count = Math.floor(speakers.size / heldOutShare);
    held.set(group, new Set(ordered.slice(0, count).map(([, speaker]) => speaker)));
  }
  const places = placesOf(takes);
  return takes.map((take) => {
    const speakers = held.get(groupOf(take));
    const isHeld = speakers
      ? speakers.has(take.speaker) || isHeldOutOfSpeechCommands(take.person)
      : (places.get(take) ?? 0) % heldOutShare === heldOutShare - 1;
    return { ...take, split: isHeld ? 'test' : 'train' };
  });
}

function groupOf(take: Take): string {
  return `${take.source ?? ''} ${sexOf(take) ?? ''}`;
}

function hashOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** Place of each take among those of its digit and speaker, by take number. */
function placesOf(takes: readonly Take[]): ReadonlyMap<Take, number> {
  const counts = new Map<string, number>();
  const ordered = [...takes].sort((a, b) => a.take - b.take);
  return new Map(
    ordered.map((take) => {
      const key = `${take.digit} ${take.speaker}`;
      const place = counts.get(key) ?? 0;
      counts.set(key, place + 1);
      return [take, place];
    }),
  );
}
