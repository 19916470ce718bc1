import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { assignablePackages, type PackageKind } from '../../api/packages';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { DetailSection } from '../../components/DetailFrame';
import { text } from '../../text/en/profiles';
import classes from './profile.module.css';
import type { SectionProps } from './ProfileForm';

/** What devices of the profile are offered; only packages of this very profile may be chosen. */
export function PackagesSection({ profileId, ...props }: SectionProps & { profileId: string | null }) {
  return (
    <DetailSection title={text.packages.title} lead={profileId === null ? text.packages.notYet : text.packages.lead}>
      {profileId !== null && (
        <div className={classes.stack}>
          <div className={classes.pair}>
            <PackageSelect {...props} profileId={profileId} kind="FIRMWARE" name="firmwareId" />
            <PackageSelect {...props} profileId={profileId} kind="SOFTWARE" name="softwareId" />
          </div>
          <Link className={classes.links} href={paths.packages}>
            {text.packages.manage}
          </Link>
        </div>
      )}
    </DetailSection>
  );
}

interface SelectProps extends SectionProps {
  profileId: string;
  kind: PackageKind;
  name: 'firmwareId' | 'softwareId';
}

function PackageSelect({ values, change, errorOf, profileId, kind, name }: SelectProps) {
  const found = useQuery({
    queryKey: [...keys.packages, 'of', profileId, kind],
    queryFn: ({ signal }) => assignablePackages(profileId, kind, signal),
  });
  const options = (found.data?.data ?? []).map(({ id, title, version }) => ({ value: id.id, label: `${title} ${version}` }));
  const chosen = values[name];
  // Until the list has come, or when it is longer than what was asked for, what is chosen stays chosen.
  if (chosen !== '' && !options.some(({ value }) => value === chosen)) options.unshift({ value: chosen, label: chosen });
  return (
    <NativeSelect
      name={name}
      label={text.packages[name]}
      value={chosen}
      data={[{ value: '', label: text.packages.none }, ...options]}
      error={errorOf(name)}
      onChange={(event) => change({ [name]: event.currentTarget.value })}
    />
  );
}
