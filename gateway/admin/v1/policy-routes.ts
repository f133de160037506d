import { z } from 'zod';
import { PolicyError } from '../../policy/make-policy.ts';
import { loginPolicyOf, type WrittenPolicy } from '../../policy/written-policy.ts';
import type { V1CodeName } from './codes.ts';
import {
  merged,
  mostListed,
  policyBody,
  policyFields,
  policyVersion,
  policyWish,
  previewBody,
  previewShape,
  samplePolicy,
  samplePreview,
} from './policy-shapes.ts';
import { done, refuse, type V1Refusal } from './reply.ts';
import { route, type Route, type V1Registry } from './route.ts';

const path = '/v1/apps/{sdkAppId}/policy';
const codes: readonly V1CodeName[] = ['registryAway'];

const source = z
  .enum(['configuration', 'setting'])
  .describe('setting: it was changed at run time, and goes before the configuration.');

const nodeShape = z.strictObject({
  nodeId: z.string(),
  version: policyVersion
    .nullable()
    .describe('Of the policy that its logins go by; null: it did not answer.'),
  isConverged: z
    .boolean()
    .describe('Whether it has ended what this policy does not allow its users.'),
});

const held =
  'Sessions that the policy does not allow end as by a login: the newest stay, each node holds its users to it, a bounded number in a second. `getPolicy` tells how far the nodes are.';

/** See and change whom an app lets be online together. */
export const policyRoutes: readonly Route[] = [
  route({
    name: 'getPolicy',
    group: 'apps',
    method: 'GET',
    path,
    scope: 'apps:read',
    summary: 'The login policy of an app, and how far the nodes are with it.',
    doc: 'Without a setting it is that of the configuration of the node that is asked.',
    response: z.strictObject({
      ...policyFields,
      source,
      version: policyVersion,
      nodes: z.array(nodeShape),
    }),
    example: {
      ...samplePolicy,
      source: 'setting',
      version: 1_795_408_260_123,
      nodes: [{ nodeId: 'a-k3v9q0x2ab', version: 1_795_408_260_123, isConverged: true }],
    },
    codes,
    run: async ({ parameters: { sdkAppId }, registry }) => {
      const { version, isSet, written } = await registry.policies.read(sdkAppId);
      const nodes = await standingsOf(sdkAppId, registry);
      const body = { ...policyBody(written), source: isSet ? 'setting' : 'configuration' };
      return done({ ...body, version, nodes });
    },
  }),
  route({
    name: 'setPolicy',
    group: 'apps',
    method: 'PUT',
    path,
    scope: 'apps:write',
    summary: 'Changes the login policy of an app at run time, on every node.',
    doc: `What is left out stays as it is now. The whole goes before the configuration until \`resetPolicy\`. ${held}`,
    body: policyWish,
    request: { policy: 'triple', limits: { web: 2 } },
    response: z.strictObject({ ...policyFields, version: policyVersion }),
    example: { ...samplePolicy, version: 1_795_408_260_123 },
    codes: [...codes, 'policyChanged'],
    run: async ({ parameters: { sdkAppId }, body, registry }) => {
      const now = await registry.policies.read(sdkAppId);
      const wanted = checked(merged(now.written, body));
      if ('kind' in wanted) return wanted;
      const change = await registry.policies.change(sdkAppId, wanted, now.version);
      if (change.kind === 'outdated') return refuse('policyChanged');
      return done({ ...policyBody(wanted), version: change.version });
    },
  }),
  route({
    name: 'resetPolicy',
    group: 'apps',
    method: 'DELETE',
    path,
    scope: 'apps:write',
    summary: 'Takes back what `setPolicy` has set: the configuration of the nodes holds again.',
    doc: held,
    response: z.strictObject({
      wasSet: z.boolean().describe('Whether there was a setting.'),
      version: policyVersion,
    }),
    example: { wasSet: true, version: 1_795_408_290_456 },
    codes: [...codes, 'policyChanged'],
    run: async ({ parameters: { sdkAppId }, registry }) => {
      const { isSet, version } = await registry.policies.read(sdkAppId);
      if (!isSet) return done({ wasSet: false, version });
      const change = await registry.policies.change(sdkAppId, undefined, version);
      if (change.kind === 'outdated') return refuse('policyChanged');
      return done({ wasSet: true, version: change.version });
    },
  }),
  route({
    name: 'previewPolicy',
    group: 'apps',
    method: 'POST',
    path: `${path}/preview`,
    scope: 'apps:write',
    summary: 'Tells which sessions `setPolicy` with this body would end now, and ends none.',
    doc: 'It looks at every user who is online: about a second for 100,000, of which Redis works two thirds.',
    body: policyWish,
    request: { policy: 'triple', limits: { web: 2 } },
    response: previewShape,
    example: samplePreview,
    codes,
    run: async ({ parameters: { sdkAppId }, body, registry }) => {
      const now = await registry.policies.read(sdkAppId);
      const wanted = checked(merged(now.written, body));
      if ('kind' in wanted) return wanted;
      return done(previewBody(await registry.policies.preview(sdkAppId, wanted, mostListed)));
    },
  }),
  route({
    name: 'previewReset',
    group: 'apps',
    method: 'POST',
    path: `${path}/preview-reset`,
    scope: 'apps:write',
    summary: 'Tells which sessions `resetPolicy` would end now, and ends none.',
    doc: '',
    response: previewShape,
    example: samplePreview,
    codes,
    run: async ({ parameters: { sdkAppId }, registry }) =>
      done(previewBody(await registry.policies.preview(sdkAppId, undefined, mostListed))),
  }),
];

/** The policy, if it can be meant. */
function checked(written: WrittenPolicy): WrittenPolicy | V1Refusal {
  try {
    loginPolicyOf(written);
    return written;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return refuse('badBody', error.message);
  }
}

async function standingsOf(
  sdkAppId: number,
  { nodes }: V1Registry,
): Promise<readonly z.input<typeof nodeShape>[]> {
  const all = await nodes.all();
  return Promise.all(
    all.map(async ({ nodeId }) => {
      const answer = await nodes.ask(nodeId, { kind: 'policy', sdkAppId });
      if (answer?.kind !== 'policy') return { nodeId, version: null, isConverged: false };
      const { version, isConverged } = answer;
      return { nodeId, version, isConverged };
    }),
  );
}
