/** What a thing must carry to stand in a roster; only the roster writes these. */
export interface Links<T> {
  previous: T | undefined;
  next: T | undefined;
}

/** The open connections of a transport, linked through themselves: no memory but the two links. */
export class Roster<T extends Links<T>> {
  #first: T | undefined;
  #size = 0;

  get first(): T | undefined {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  add(member: T): void {
    member.next = this.#first;
    if (this.#first !== undefined) this.#first.previous = member;
    this.#first = member;
    this.#size += 1;
  }

  /** Takes out a member that stands in this roster. */
  remove(member: T): void {
    if (member.previous === undefined) this.#first = member.next;
    else member.previous.next = member.next;
    if (member.next !== undefined) member.next.previous = member.previous;
    member.previous = undefined;
    member.next = undefined;
    this.#size -= 1;
  }
}
