/** A processor in a child process: what it gets, changes and returns is plain data. */
export default async function processor(job) {
  const { data } = job;
  await job.updateProgress({ half: data });
  await job.updateData({ ...data, child: true });
  return { got: data };
}
