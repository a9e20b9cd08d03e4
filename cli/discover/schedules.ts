import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { roleNameOf } from '../../lambdas/adapters/workers.ts';
import { cliSettings } from '../aws-account.ts';
import type { RegionInventory, Schedule } from './inventory.ts';
import { counterpart } from './names.ts';
import { marked, pages, type Reader } from './reader.ts';

/** All schedules of a region, of every group. Their roles are not in the list: `withRoles` reads those that matter. */
export async function listSchedules(scheduler: SchedulerClient): Promise<readonly Schedule[]> {
  const found = await pages(async (marker) => {
    const page = await scheduler.send(new ListSchedulesCommand(marked('NextToken', marker)));
    return { items: page.Schedules, next: page.NextToken };
  });
  return found.map((each) => ({
    name: each.Name ?? '',
    group: each.GroupName ?? 'default',
    enabled: each.State !== 'DISABLED',
    roleName: undefined,
  }));
}

export interface SchedulePair {
  readonly home: Schedule;
  readonly standby: Schedule;
}

/** On at home and off in the standby: what works in one region only. What is on in both, or off, works otherwise. */
export function schedulePairs(home: RegionInventory, standby: RegionInventory): readonly SchedulePair[] {
  const off = standby.schedules.filter((each) => !each.enabled);
  return home.schedules
    .filter((each) => each.enabled)
    .flatMap((each) => {
      const other = counterpart(each, off, scheduleName, [home.region, standby.region]);
      return other === undefined ? [] : [{ home: each, standby: other }];
    });
}

export const scheduleName = ({ group, name }: Schedule): string => `${group}/${name}`;

/** Both regions, with the roles of the schedules that make a pair. */
export async function withRoles(
  home: RegionInventory,
  standby: RegionInventory,
  reader: Reader,
): Promise<readonly [RegionInventory, RegionInventory]> {
  const pairs = schedulePairs(home, standby);
  return Promise.all([
    roled(
      home,
      pairs.map((pair) => pair.home),
      reader,
    ),
    roled(
      standby,
      pairs.map((pair) => pair.standby),
      reader,
    ),
  ]);
}

async function roled(at: RegionInventory, wanted: readonly Schedule[], reader: Reader): Promise<RegionInventory> {
  const scheduler = new SchedulerClient(cliSettings(at.region));
  const schedules = await Promise.all(
    at.schedules.map(async (each) => {
      if (!wanted.includes(each)) return each;
      const [roleName] = await reader.list(at.region, 'scheduler:GetSchedule', async () => {
        const command = new GetScheduleCommand({ Name: each.name, GroupName: each.group });
        return [roleNameOf((await scheduler.send(command)).Target?.RoleArn)];
      });
      return { ...each, roleName };
    }),
  );
  return { ...at, schedules };
}
