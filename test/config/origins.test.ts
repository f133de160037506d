import { describe, expect, it } from 'vitest';
import { allowedOrigins } from '../../gateway/transport/origins.ts';
import { inputOf, loaded, problems } from './input.ts';

const flagsWith = (origin: string) => ({ flags: { apps: ['1:s'], origins: [origin] } });

describe('an origin', () => {
  it.each([
    '*',
    'https://a.example',
    'https://a.example:8443',
    'http://localhost:8080',
    'http://[::1]:3000',
    'capacitor://localhost',
  ])('such as %s is accepted here and by the public port', (origin) => {
    expect(loaded(inputOf(flagsWith(origin))).config.origins).toEqual([origin]);
    expect(() => allowedOrigins([origin])).not.toThrow();
  });

  it.each([
    'https://user@a.example',
    'https://a.example:99999',
    'https://a.example:x',
    'https://a.example?x',
    'https://a.example#x',
    'https://%zz',
    'https://[::1',
    String.raw`https://a\b`,
    'https://a.example/chat',
    'a.example',
  ])('such as %s is refused here, by name, as it is by the public port', (origin) => {
    expect(problems(inputOf(flagsWith(origin)))).toEqual([
      expect.stringMatching(/^flag --origin\[0\]: .* does not fit\. Expected: .*scheme:\/\//),
    ]);
    expect(() => allowedOrigins([origin])).toThrow(TypeError);
  });

  it.each(['https://a.example/', 'HTTPS://A.EXAMPLE', 'https://:pw@a.example'])(
    'in another form than browsers send is refused: %s',
    (origin) => {
      expect(problems(inputOf(flagsWith(origin)))).toHaveLength(1);
    },
  );
});
