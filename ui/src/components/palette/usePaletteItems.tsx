import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { logout } from '../../api/auth';
import { findDevices } from '../../api/devicesFound';
import { paths } from '../../app/paths';
import { administrators, owners, type Role } from '../../app/roles';
import { after, before } from '../../app/sections';
import { useUser } from '../../app/session';
import { text } from '../../text/en/palette';

export interface PaletteItem {
  id: string;
  name: string;
  note?: string;
  run: () => void;
}

export interface PaletteGroup {
  title: string;
  items: PaletteItem[];
}

interface Found {
  groups: PaletteGroup[];
  searching: boolean;
}

/** Every word of what was typed is in the name, in any order. */
export const matches = (name: string, typed: string): boolean => {
  const lower = name.toLowerCase();
  return typed.toLowerCase().split(/\s+/).every((word) => lower.includes(word));
};

export function usePaletteItems(typed: string, onShortcuts: () => void): Found {
  const [, navigate] = useLocation();
  const role = (useUser().data?.authority ?? 'CUSTOMER_USER') as Role;
  const { setColorScheme } = useMantineColorScheme();
  const wanted = typed.trim();
  const [settled] = useDebouncedValue(wanted, 200);
  const mayDevices = owners.includes(role) && wanted !== '';
  const devices = useQuery({
    queryKey: ['palette', settled],
    queryFn: ({ signal }) => findDevices(settled, signal),
    enabled: mayDevices && settled === wanted,
  });

  const go = (address: string) => () => navigate(address);
  const sections = [...before, ...after].filter(({ roles }) => roles.includes(role));
  const views: PaletteItem[] = [
    ...(owners.includes(role) ? [{ id: 'all', name: text.allDevices, run: go(paths.group('all')) }] : []),
    ...sections.map(({ path, label }) => ({ id: path, name: label, run: go(path) })),
  ];
  const actions: PaletteItem[] = [
    ...(administrators.includes(role) ? [{ id: 'profile', name: text.addProfile, run: go(paths.profile('new')) }] : []),
    { id: 'light', name: text.light, run: () => setColorScheme('light') },
    { id: 'dark', name: text.dark, run: () => setColorScheme('dark') },
    { id: 'auto', name: text.auto, run: () => setColorScheme('auto') },
    { id: 'shortcuts', name: text.shortcuts, run: onShortcuts },
    { id: 'out', name: text.signOut, run: () => void logout() },
  ];
  const found = mayDevices ? (devices.data ?? []) : [];
  const groups = [
    { title: text.devices, items: found.map(({ id, name, type }) => ({ id: id.id, name, note: type, run: go(paths.device('all', id.id)) })) },
    { title: text.views, items: views.filter(({ name }) => matches(name, wanted)) },
    { title: text.actions, items: actions.filter(({ name }) => matches(name, wanted)) },
  ];
  return {
    groups: groups.filter(({ items }) => items.length > 0),
    searching: mayDevices && (settled !== wanted || devices.isFetching),
  };
}
