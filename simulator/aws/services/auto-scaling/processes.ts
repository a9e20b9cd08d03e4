import type { ScalingProcessQuery } from '@aws-sdk/client-auto-scaling';
import type { Operation } from '../../service.ts';
import { type AutoScalingState, invalid, PROCESSES, type ProcessName } from './state.ts';

/**
 * Processes of a group that people suspend and resume. Launch, Terminate, AddToLoadBalancer and ScheduledActions have an
 * effect here; the simulator does not have what the others do.
 */
export function processOperations(state: AutoScalingState): Record<string, Operation> {
  return {
    SuspendProcesses: (input: ScalingProcessQuery, call) => {
      const group = state.group(call, input.AutoScalingGroupName);
      for (const name of named(input)) {
        if (!group.suspended.has(name)) group.suspended.set(name, state.options.clock.now_ms());
      }
      return {};
    },
    ResumeProcesses: (input: ScalingProcessQuery, call) => {
      const group = state.group(call, input.AutoScalingGroupName);
      for (const name of named(input)) group.suspended.delete(name);
      // What could not be launched or terminated meanwhile is now.
      state.reconcile(group);
      return {};
    },
  };
}

/** "If you omit this property, all processes are specified" (API reference): Terminate too. */
function named({ ScalingProcesses: given = [] }: ScalingProcessQuery): readonly ProcessName[] {
  if (given.length === 0) return PROCESSES;
  return given.map((name) => {
    const found = PROCESSES.find((one) => one === name);
    if (found === undefined) throw invalid(`Invalid process type: ${name}`);
    return found;
  });
}
