import type { ApplicationConfig, ServiceConfig } from '../config/schema.ts';

/** It must run in one region only. */
export const isWorker = (service: ServiceConfig): boolean => service.kind === 'ecs' && service.worker;

/** What sets min, max and desired of these services: it depends on what they run on. */
export function capacityCalls(services: ApplicationConfig['services']): readonly string[] {
  const kinds = new Set(services.map((service) => service.kind));
  return [
    ...(kinds.has('ecs') ? ['application-autoscaling:RegisterScalableTarget', 'ecs:UpdateService'] : []),
    ...(kinds.has('ec2') ? ['autoscaling:UpdateAutoScalingGroup'] : []),
  ];
}

export const NO_SERVICES = 'the application has no services';
