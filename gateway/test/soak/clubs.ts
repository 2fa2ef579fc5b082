import type { Group, Phone, Simulator } from '@eazewa/simulator';
import type { Deeds } from '../support/deeds.ts';

interface Club {
  readonly deeds: Deeds;
  readonly group: Group;
  /** Comes and goes. */
  readonly guest: Phone;
}

/** Groups in which people come and go and settings change; one for each number. Programs do not write there. */
export class Clubs {
  readonly #clubs: readonly Club[];
  readonly #founder: Phone;
  readonly #member: Phone;
  readonly #text: (writer: string) => string;

  constructor(
    simulator: Simulator,
    numbers: readonly Deeds[],
    [founder, member]: readonly Phone[],
    text: (writer: string) => string,
  ) {
    this.#founder = founder!;
    this.#member = member!;
    this.#text = text;
    this.#clubs = numbers.map((deeds, at) => ({
      deeds,
      group: deeds.createGroup(this.#founder, text('Club'), [this.#member]),
      guest: simulator.addPhone({ name: `Guest ${at + 1}` }),
    }));
  }

  /** Lets one thing happen in the club of a number. `lot` is from 0, below 1. */
  async change(number: number, lot: number): Promise<void> {
    const club = this.#clubs[number];
    if (club === undefined) return;
    const { deeds, group, guest } = club;
    const roleOf = ({ number }: Phone) => group.members.find((one) => one.number === number)?.role;
    switch (Math.floor(lot * 5)) {
      case 0:
        return deeds.changeSubject(this.#founder, group, this.#text('Club'));
      case 1:
        return deeds.describe(this.#member, group, this.#text('About the club'));
      case 2:
        return deeds.setAdmin(this.#founder, group, this.#member, roleOf(this.#member) === 'member');
      case 3:
        if (roleOf(guest) !== undefined)
          await deeds.write(guest, group, this.#text(`${guest.name} to the club`));
        return;
      default:
        if (roleOf(guest) === undefined) return deeds.add(this.#founder, group, guest);
        return lot < 0.9 ? deeds.remove(this.#founder, group, guest) : deeds.leave(guest, group);
    }
  }
}
