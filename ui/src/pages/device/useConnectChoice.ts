import { useState } from 'react';
import { systems, tools, type System, type Tool } from './snippets';

function ownSystem(): System {
  const agent = navigator.userAgent;
  if (/Windows/.test(agent)) return 'windows';
  return /Mac OS X|iPhone|iPad/.test(agent) ? 'macos' : 'linux';
}

/** "#windows-python" */
function read(hash: string): { system: System; tool: Tool } {
  const [system, tool] = hash.replace('#', '').split('-');
  return {
    system: systems.find((one) => one === system) ?? ownSystem(),
    tool: tools.find((one) => one === tool) ?? 'mosquitto',
  };
}

/** System and tool of the connect help, in the address' hash so that a link to them can be sent. */
export function useConnectChoice() {
  const [choice, setChoice] = useState(() => read(window.location.hash));
  const choose = (system: System, tool: Tool) => {
    setChoice({ system, tool });
    window.history.replaceState(window.history.state, '', `#${system}-${tool}`);
  };
  return { ...choice, choose };
}
