/** Null is how a program says that it leaves a field out. */

/** A view of inputs in which what is null is undefined, however deep. Nothing is read before it is asked for. */
export function withoutNulls<T extends object>(inputs: T): T {
  return new Proxy(inputs, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      const own = Reflect.getOwnPropertyDescriptor(target, key);
      if (own?.configurable === false && own.writable === false) {
        // A proxy must show such a value as it is.
        return value;
      }
      return value === null ? undefined : value instanceof Object ? withoutNulls(value) : value;
    },
  });
}
