/** The CDK app: one stack for each system, and the security checks as a gate. */
import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { checked } from './checked.ts';
import { NightshiftStack } from './nightshift-stack.ts';
import { System } from './system.ts';

/** `files` maps the name of each file in `systems/` to what it exports. */
export function nightshiftApp(files: Record<string, unknown>, props: AppProps = {}): App {
  // All are read before anything is made, so that a wrong file leaves no half-made assembly.
  const systems = Object.entries(files).map(([file, exported]) => checked(System, exported, file));
  const app = new App(props);
  for (const system of systems) new NightshiftStack(app, system);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
  return app;
}
