import { frames } from '../../protocol/frames.ts';

/** What development mode tells when it is ready. */
export interface DevBanner {
  /** Address of the WebSocket port, such as `ws://127.0.0.1:7600`. */
  readonly url: string;
  /** Address of the playground, such as `http://127.0.0.1:7600/`, or why there is none. */
  readonly page: string;
  /** Address of the admin port, such as `http://127.0.0.1:7601`. */
  readonly adminUrl: string;
  /** The socket back end in use. */
  readonly transport: string;
  readonly sdkAppId: number;
  /** The sample user and a ticket that works now. */
  readonly userId: string;
  readonly userSig: string;
  /** How long the ticket holds, in seconds. */
  readonly expireS: number;
  /** Whether the app and its key were made at this start, and end with it. */
  readonly isSampleApp: boolean;
  /** A key for /v1 that ends with this process; undefined where the operator has given keys. */
  readonly adminKey: string | undefined;
}

/** The login frame as text: its required fields in the order of the protocol. Its ticket has no quote to escape. */
function loginFrame(banner: DevBanner, instanceId: string): string {
  const values: Readonly<Record<string, string | number>> = {
    sdkAppId: banner.sdkAppId,
    userId: banner.userId,
    userSig: banner.userSig,
    instanceId,
    platform: 'web',
  };
  const required = Object.entries(frames.login.fields).filter(
    ([, field]) => !('fallback' in field),
  );
  return JSON.stringify([frames.login.type, 1, ...required.map(([name]) => values[name])]);
}

function pasteLine(banner: DevBanner, instanceId: string): string {
  return `npm run --silent gatehouse -- connect ${banner.url} --frame '${loginFrame(banner, instanceId)}'`;
}

function days(seconds: number): string {
  return seconds >= 172_800
    ? `${Math.floor(seconds / 86_400)} days`
    : `${Math.floor(seconds / 3600)} hours`;
}

/** How long and where the ticket is good. */
function worth({ isSampleApp, sdkAppId, expireS }: DevBanner): string {
  return isSampleApp
    ? `works for ${days(expireS)}, with the sample app's key until this process ends`
    : `signed with your key of app ${sdkAppId}: valid ${days(expireS)} wherever that key is`;
}

/** How an operator sees who is logged in. */
function operatorText({ adminUrl, userId, sdkAppId }: DevBanner, adminKey: string): string {
  const command = `npm run --silent gatehouse -- sessions ${userId} --app ${sdkAppId} --url ${adminUrl}`;
  return `\nSee where the user is logged in, as an operator does:\n\n  GATEHOUSE_ADMIN_KEY=${adminKey} ${command}\n`;
}

/** The text development mode prints when it is ready, for people to read and paste from. */
export function devBanner(banner: DevBanner): string {
  const { url, page, adminUrl, transport, sdkAppId, userId, userSig, adminKey } = banner;
  const keyLine =
    adminKey === undefined ? '' : `\n  admin key  ${adminKey} (until this process ends)`;
  const operatorLines = adminKey === undefined ? '' : operatorText(banner, adminKey);
  return `
Gatehouse is ready, in development mode.

  playground ${page}
  clients    ${url} (transport ${transport})
  admin      ${adminUrl}/readyz and ${adminUrl}/metrics${keyLine}
  app        ${sdkAppId}
  user       ${userId}
  ticket     ${userSig}
             (${worth(banner)})

Log in from a second terminal:

  ${pasteLine(banner, 'first-device')}

Then the same user from another device, in a third one, and watch the first being kicked:

  ${pasteLine(banner, 'second-device')}
${operatorLines}
`;
}
