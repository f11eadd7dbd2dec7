/** Says what is wrong with a frame. */
export class Malformed extends Error {
  override name = "Malformed";
}

/** The fields of a JSON object, each read with the type that it must have; anything else throws `Malformed`. */
export class Fields {
  private readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly what: string,
  ) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Malformed(`${what} is not an object`);
    this.fields = value as Record<string, unknown>;
  }

  /** The same, when what it is has become known. */
  as(what: string): Fields {
    return new Fields(this.fields, what);
  }

  string(name: string): string {
    const value = this.fields[name];
    if (typeof value !== "string") throw this.wrong(name, "a string");
    return value;
  }

  /** A whole number from 0, small enough to be exact. */
  whole(name: string): number {
    const value = this.fields[name];
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw this.wrong(name, "a whole number");
    return value;
  }

  /** A number from 0, which need not be whole. */
  number(name: string): number {
    const value = this.fields[name];
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) throw this.wrong(name, "a number from 0");
    return value;
  }

  /** A time on the wire (RFC 3339), in milliseconds since 1970. */
  time(name: string): number {
    const at = Date.parse(this.string(name));
    if (Number.isNaN(at)) throw this.wrong(name, "a time");
    return at;
  }

  /** A boolean that is left out when false. */
  flag(name: string): boolean {
    const value = this.fields[name];
    if (value !== undefined && typeof value !== "boolean") throw this.wrong(name, "a boolean");
    return value ?? false;
  }

  object(name: string): Fields {
    return new Fields(this.fields[name], `${this.what}.${name}`);
  }

  /** Every element of an array. */
  each<T>(name: string, read: (element: unknown) => T): T[] {
    const value = this.fields[name];
    if (!Array.isArray(value)) throw this.wrong(name, "an array");
    return value.map(read);
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined;
  }

  private wrong(name: string, expected: string): Malformed {
    return new Malformed(`${this.what}.${name} is not ${expected}`);
  }
}
