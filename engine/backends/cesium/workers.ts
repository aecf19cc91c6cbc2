import { TaskProcessor } from '@cesium/engine';

interface Processor {
  _worker?: Worker;
  _activeTasks: number;
  _webAssemblyPromise?: unknown;
}

type Schedule = ((this: Processor, ...args: unknown[]) => unknown) & { processors?: Set<Processor> };

/**
 * Cesium keeps its workers for the page and never ends them. This remembers which were started (the set hangs on Cesium's own function, once a page) and
 * gives back what ends those that are idle, now or when their last task is done; Cesium starts another where one is needed again. Decoders that were handed
 * a WebAssembly module stay: Cesium would not hand it over again.
 */
export function watchWorkers(): () => void {
  const prototype = TaskProcessor.prototype as unknown as { scheduleTask: Schedule };
  const processors = prototype.scheduleTask.processors ?? remember(prototype);
  return () => {
    if (endIdle(processors)) return;
    // Cesium tells of a task before it counts it as done.
    const forget = TaskProcessor.taskCompletedEvent.addEventListener(() => {
      setTimeout(() => { if (endIdle(processors)) forget(); });
    });
  };
}

function remember(prototype: { scheduleTask: Schedule }): Set<Processor> {
  const schedule = prototype.scheduleTask;
  const processors = new Set<Processor>();
  const remembered: Schedule = function remembered(...args) {
    processors.add(this);
    return schedule.apply(this, args);
  };
  remembered.processors = processors;
  prototype.scheduleTask = remembered;
  return processors;
}

/** @returns whether none is left at work */
function endIdle(processors: Set<Processor>): boolean {
  for (const processor of processors) {
    if (processor._activeTasks > 0) continue;
    if (!processor._webAssemblyPromise) {
      processor._worker?.terminate();
      processor._worker = undefined;
    }
    processors.delete(processor);
  }
  return processors.size === 0;
}
