import { describe, expect, it } from 'vitest';
import {
  Container,
  DependencyCycleError,
  DuplicateRegistrationError,
  MissingDependenciesError,
  token,
} from '../../src/di/index.ts';

const text = token<string>('text');
const number = token<number>('number');
const both = token<{ text: string; number: number }>('both');
const missing = token<string>('missing');
const alsoMissing = token<string>('also missing');

function make() {
  return Container.create('test')
    .value(text, 'a')
    .factory(number, { needs: { text }, create: (given) => given.text.length })
    .factory(both, { needs: { text, number }, create: (given) => ({ ...given }) });
}

describe('Container', () => {
  it('makes what is asked for, once', () => {
    const container = make();
    expect(container.resolve(both)).toEqual({ text: 'a', number: 1 });
    expect(container.resolve(both)).toBe(container.resolve(both));
  });

  it('accepts undefined and null as values', () => {
    const nothing = token<null | undefined>('nothing');
    expect(Container.create('x').value(nothing, null).resolve(nothing)).toBeNull();
    expect(Container.create('x').value(nothing, undefined).resolve(nothing)).toBeUndefined();
  });

  it('makes nothing before it is asked for', () => {
    let made = 0;
    const container = Container.create('x').factory(number, {
      needs: {},
      create: () => {
        made += 1;
        return made;
      },
    });
    expect(made).toBe(0);
    container.resolve(number);
    expect(made).toBe(1);
  });

  it('shares what a parent made, keeps apart what children made', () => {
    const own = token<object>('own');
    const shared = token<object>('shared');
    const parent = Container.create('parent').factory(shared, { needs: {}, create: () => ({}) });
    const [left, right] = ['left', 'right'].map((name) =>
      parent.child(name).factory(own, { needs: { shared }, create: ({ shared: it }) => ({ it }) }),
    );
    expect(left?.resolve(shared)).toBe(right?.resolve(shared));
    expect(left?.resolve(own)).not.toBe(right?.resolve(own));
    expect(parent.has(own)).toBe(false);
  });

  it('lets a child replace what its parent has, without the parent noticing', () => {
    const parent = make();
    const child = parent.child('child').value(text, 'four');
    expect(child.resolve(text)).toBe('four');
    // The parent's factory is made in the parent's world.
    expect(child.resolve(number)).toBe(1);
  });

  it('names every missing dependency with the way to it, before making anything', () => {
    let made = 0;
    const top = token<string>('top');
    const container = Container.create('service')
      .factory(number, {
        needs: { missing },
        create: () => {
          made += 1;
          return 1;
        },
      })
      .factory(top, { needs: { number, alsoMissing }, create: () => '' });
    expect(() => container.resolve(top)).toThrow(
      expect.objectContaining({
        constructor: MissingDependenciesError,
        missing: ['top > number > missing', 'top > also missing'],
      }),
    );
    expect(made).toBe(0);
  });

  it('shows a circle as a circle', () => {
    const a = token<string>('a');
    const b = token<string>('b');
    const container = Container.create('x')
      .factory(a, { needs: { b }, create: () => '' })
      .factory(b, { needs: { a }, create: () => '' });
    expect(() => container.resolve(a)).toThrow(new DependencyCycleError(['a', 'b', 'a']));
  });

  it('refuses a second registration in one container', () => {
    expect(() => make().value(text, 'b')).toThrow(DuplicateRegistrationError);
  });

  it('keeps two containers apart', () => {
    expect(Container.create('other').has(text)).toBe(false);
    expect(make().has(text)).toBe(true);
  });
});

describe('dispose', () => {
  it('runs in reverse order of making, children first, only for what was made', async () => {
    const order: string[] = [];
    const first = token<string>('first');
    const second = token<string>('second');
    const unused = token<string>('unused');
    const inChild = token<string>('in child');
    const dispose = (made: string) => void order.push(made);
    const container = Container.create('x')
      .factory(second, { needs: { first }, create: () => 'second', dispose })
      .factory(first, { needs: {}, create: () => 'first', dispose })
      .factory(unused, { needs: {}, create: () => 'unused', dispose });
    const child = container.child('c').factory(inChild, { needs: {}, create: () => 'child', dispose });
    child.resolve(inChild);
    container.resolve(second);
    await container.dispose();
    await container.dispose();
    expect(order).toEqual(['child', 'second', 'first']);
  });

  it('goes on after a failure and reports all', async () => {
    const order: string[] = [];
    const container = Container.create('x')
      .value(text, 'a', () => void order.push('a'))
      .value(number, 1, () => {
        throw new Error('cannot close');
      });
    await expect(container.dispose()).rejects.toMatchObject({
      errors: [{ message: 'disposing "number" failed', cause: { message: 'cannot close' } }],
    });
    expect(order).toEqual(['a']);
  });
});
