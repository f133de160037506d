import { z } from 'zod';
import { dayMs, dayOf, reportOf, type UserActivity } from '../../registry/activity.ts';
import { noTraffic, type AppTraffic } from '../../registry/traffic.ts';
import { command, type Call, type Command } from './command.ts';
import { done, type Reply } from './reply.ts';

/** Days that are told, today among them. */
const days = 30;

/** Every field there is of a day, as text. */
type DayFields = Readonly<Record<string, string>>;

const body = z.object({ RequestField: z.array(z.string()).optional() });

/** Tells an app's numbers of today and the days before. */
export const appInfoCommand: Command = command({
  service: 'openconfigsvr',
  name: 'getappinfo',
  doc:
    'Numbers of the last 30 days, today first; those named in `RequestField` or all. Days are those of UTC. `MonthActiveUserNum` is of this gateway: the users of the month until ' +
    'that day; `MaxOnlineNum` counts sessions. As with Tencent, all values are texts, and there is no `ActionStatus`.',
  callsPerS: 20,
  maxBytes: 4096,
  body,
  request: '{"RequestField":["ActiveUserNum","RegistUserNumTotal"]}',
  response:
    '{"Result":[{"AppId":"1400000000","Date":"20240229","ActiveUserNum":"2","RegistUserNumTotal":"3"}]}',
  isPlain: true,
  codes: ['invalidParameters', 'registryAway', 'internalError'],
  run: tellAppInfo,
});

async function tellAppInfo({
  sdkAppId,
  registry,
  nowMs,
  body: { RequestField: wanted },
}: Call<z.output<typeof body>>): Promise<Reply> {
  const [activity, traffic] = await Promise.all([
    registry.accounts.activity(sdkAppId),
    registry.traffic.ofApp(sdkAppId),
  ]);
  const all = fieldsOf(activity, traffic, dayOf(nowMs));
  const Result = all.map(({ Date, ...rest }) => {
    const told = Object.entries(rest).filter(([name]) => wanted?.includes(name) ?? true);
    return { AppId: String(sdkAppId), Date, ...Object.fromEntries(told) };
  });
  return done({ Result });
}

/** Accounts that were deleted are missing in the totals of the days before as well. */
function fieldsOf(
  activity: UserActivity,
  traffic: AppTraffic,
  today: number,
): readonly DayFields[] {
  let total = activity.accounts;
  return Array.from({ length: days }, (_, back) => {
    const { signedUp, active, activeInMonth } = reportOf(activity, today - back);
    const { logins, peakSessions } = traffic.get(today - back) ?? noTraffic;
    const fields = {
      Date: new Date((today - back) * dayMs).toISOString().slice(0, 10).replaceAll('-', ''),
      ActiveUserNum: String(active),
      LoginTimes: String(logins),
      LoginUserNum: String(active),
      MaxOnlineNum: String(peakSessions),
      MonthActiveUserNum: String(activeInMonth),
      RegistUserNumOneDay: String(signedUp),
      RegistUserNumTotal: String(total),
    };
    total = Math.max(0, total - signedUp);
    return fields;
  });
}
