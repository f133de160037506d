import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment } from '../support/deployment.ts';
import { FrameClient } from '../support/frame-client.ts';

describe('a ticket in the URL or a header', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.start({ flags: ['--log-level', 'trace'] });
  });
  afterAll(() => deployment?.stop());

  it('[CONN-2] logs nobody in and leaves no trace in the log', async () => {
    const userSig = deployment.ticket('alice');
    const client = await FrameClient.connect(
      `${deployment.a.url}/?userID=alice&userSig=${userSig}`,
      { headers: { authorization: `Bearer ${userSig}` } },
    );
    expect(await client.request({ name: 'logout' })).toMatchObject({ name: 'failed', code: 6014 });
    client.close();
    await client.closed();
    expect(`${deployment.a.stdout}${deployment.a.stderr}`).not.toContain(userSig);
  });
});
