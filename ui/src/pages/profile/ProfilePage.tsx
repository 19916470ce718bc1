import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { deleteProfile, profile as readProfile, type Profile } from '../../api/deviceProfiles';
import { isNotFound } from '../../api/errors';
import { keys } from '../../app/keys';
import { paths } from '../../app/paths';
import { CopyField } from '../../components/CopyField';
import { DetailFrame, DetailSection } from '../../components/DetailFrame';
import { EmptyState } from '../../components/EmptyState';
import { ErrorNote } from '../../components/ErrorNote';
import { PageLoader } from '../../components/PageLoader';
import { useTitle } from '../../components/useTitle';
import { text as confirm } from '../../text/en/confirm';
import { text } from '../../text/en/profiles';
import classes from './profile.module.css';
import { ProfileForm } from './ProfileForm';

const QuestionDialog = lazy(() => import('../../components/QuestionDialog'));

/** A profile to look at and to change; the id "new" makes one. */
export default function ProfilePage({ profileId }: { profileId: string }) {
  return profileId === 'new' ? <NewProfile /> : <KnownProfile profileId={profileId} />;
}

function NewProfile() {
  useTitle(text.newTitle);
  const [, navigate] = useLocation();
  return (
    <DetailFrame back={paths.profiles} backLabel={text.back} title={text.newTitle}>
      <ProfileForm profile={null} onSaved={(made) => navigate(paths.profile(made.id.id), { replace: true })} />
    </DetailFrame>
  );
}

function KnownProfile({ profileId }: { profileId: string }) {
  const found = useQuery({
    queryKey: keys.profile(profileId),
    queryFn: ({ signal }) => readProfile(profileId, signal),
    // A form is filled in beside it: it must not change under the hand.
    refetchOnWindowFocus: false,
  });
  const profile = found.data;
  useTitle(profile?.name, text.list.title);

  if (isNotFound(found.error)) {
    return <EmptyState title={text.notFound} text={<Link href={paths.profiles}>{text.back}</Link>} />;
  }
  return (
    <DetailFrame
      back={paths.profiles}
      backLabel={text.back}
      title={profile?.name}
      facts={profile?.default && <span className={classes.tag}>{text.isDefault}</span>}
    >
      {profile ? (
        <>
          <ProfileForm key={profileId} profile={profile} onSaved={() => undefined} />
          <Foot profile={profile} />
        </>
      ) : found.error ? (
        <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      ) : (
        <PageLoader />
      )}
    </DetailFrame>
  );
}

function Foot({ profile }: { profile: Profile }) {
  const [, navigate] = useLocation();
  const queryClient = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const id = profile.id.id;
  return (
    <DetailSection
      title={text.remove}
      lead={text.removeLead}
      actions={
        <Button
          variant="outline"
          color="var(--mantine-color-error)"
          size="xs"
          disabled={profile.default}
          onClick={() => setDeleting(true)}
        >
          {text.remove}
        </Button>
      }
    >
      <CopyField label={text.id} value={id} />
      <Suspense fallback={null}>
        {deleting && (
          <QuestionDialog
            title={confirm.title(text.one)}
            lead={confirm.leadAlone(profile.name)}
            submit={text.remove}
            run={() => deleteProfile(id)}
            onClose={() => setDeleting(false)}
            onDone={() => {
              navigate(paths.profiles);
              queryClient.removeQueries({ queryKey: keys.profile(id) });
              void queryClient.invalidateQueries({ queryKey: keys.allProfiles });
              notifications.show({ message: text.deleted(profile.name) });
            }}
          />
        )}
      </Suspense>
    </DetailSection>
  );
}
