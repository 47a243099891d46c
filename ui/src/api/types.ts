// Written by docs/generate.py from the endpoint table: change the code, not this file.

/** A float; JSON has no NaN and no infinities, so these travel as texts. */
export type Float = number | "NaN" | "Infinity" | "-Infinity";

/** A row of the endpoint table. */
export interface Row {
  readonly verb: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Relative to the page; `{name}` and `{name:path}` stand for fields of the request. */
  readonly path: string;
  /** Whether the other fields stand in the query string; else they are the JSON body. */
  readonly in_query: boolean;
  /** The role that a caller needs at least. */
  readonly permission: "public" | "read" | "write" | "admin";
}

/** Throw the parts of an upload away. */
export interface AbortMultipartUpload {
  artifact_path: string;
  path: string;
  upload_id: string;
}

/** Add a rule, such as a protection, to an alias or a stage; one that is there is fine. */
export interface AddRegistryRule {
  reason?: string | null;
  condition: Protected | MetricGate | TagGate | ContentGate;
  name?: string | null;
  pattern?: string | null;
  alias?: string | null;
  stage?: string | null;
}

/** Append a piece of what one session printed; past the limit of a run it is dropped. */
export interface AppendOutput {
  run_id: string;
  session: string;
  stream: string;
  time: number;
  text: string;
}

/** Apply the next records of a journal; without entries, only ask for the mark. */
export interface ApplyJournal {
  journal: string;
  first: number;
  entries?: JournalEntry[];
  durable?: boolean;
}

/** Entries in the order of their paths, and the URI that the paths are below. */
export interface ArtifactsPage {
  root_uri?: string;
  files?: FileInfo[];
  next_page_token?: string;
}

/** Begin the upload of a file in parts, or go on with one; answers what is there already. */
export interface BeginUpload {
  run_id?: string | null;
  model_id?: string | null;
  path: string;
  size: number;
  digest?: string | null;
  source?: string | null;
}

/** All files of a bundle are stored, but for these. */
export interface BundleStored {
  refused: RefusedFile[];
}

/** Who makes the call. */
export interface Caller {
  name: string;
  verified: boolean;
  role: string;
}

/** Tell what the rules say of a move, without making it. */
export interface CheckModelMove {
  name: string;
  version: string;
  alias?: string | null;
  stage?: string | null;
  archive_existing_versions?: boolean;
}

/** Have a version's files looked at now: recorded, or compared with what is recorded. */
export interface CheckModelVersionContent {
  name: string;
  version: string;
}

/** Delete for good a bounded part of what is in the stage `deleted`. */
export interface CollectGarbage {
  older_than?: number;
  run_ids?: string[] | null;
  experiment_ids?: string[] | null;
  model_ids?: string[] | null;
  registered?: boolean;
  dry_run?: boolean;
  after?: string | null;
}

/** Join the parts of an upload and put the file into its place. */
export interface CompleteMultipartUpload {
  artifact_path: string;
  path: string;
  upload_id: string;
  parts?: MultipartPart[];
}

/** One file of a version. */
export interface ContentFile {
  path: string;
  size: number;
  digest: string;
}

/** The files of the version that arrives are ``verified``: see `headrace.entities.ContentState`. */
export interface ContentGate {
  kind: "content";
}

/** The context of one of several runs: its sessions, the first one first. */
export interface ContextOfRun {
  run_id: string;
  sessions: SessionContext[];
}

/** A part of a context: its name, one of `headrace.entities.CONTEXT_PARTS`, and its text. */
export interface ContextPart {
  name: string;
  content: string;
}

/** Count the runs that a search would find, however many; Headrace's own. */
export interface CountRuns {
  experiment_ids?: string[];
  filter?: string | null;
  run_view_type?: string | number | null;
}

/** Create an experiment; answers its id. */
export interface CreateExperiment {
  name: string;
  artifact_location?: string | null;
  tags?: ExperimentTag[];
}

/** Create a logged model in state PENDING. */
export interface CreateLoggedModel {
  experiment_id: string;
  name?: string | null;
  model_type?: string | null;
  source_run_id?: string | null;
  params?: LoggedModelParameter[];
  tags?: LoggedModelTag[];
}

/** Create the next version of a registered model. */
export interface CreateModelVersion {
  name: string;
  source: string;
  run_id?: string | null;
  tags?: ModelVersionTag[];
  run_link?: string | null;
  description?: string | null;
  model_id?: string | null;
  reason?: string | null;
}

/** Begin the upload of a file in parts; answers a URL for each. */
export interface CreateMultipartUpload {
  artifact_path: string;
  path: string;
  num_parts?: number;
}

/** Return a URL to which a file of a run or logged model can be PUT for some time. */
export interface CreatePresignedUploadUrl {
  run_id?: string | null;
  model_id?: string | null;
  path: string;
  expiration?: number | null;
}

/** Create a registered model; of a tag that is given twice the last value counts. */
export interface CreateRegisteredModel {
  name: string;
  tags?: RegisteredModelTag[];
  description?: string | null;
  reason?: string | null;
}

/** Create a run in state RUNNING. */
export interface CreateRun {
  experiment_id: string;
  user_id?: string | null;
  run_name?: string | null;
  start_time?: number | null;
  tags?: RunTag[];
  run_id?: string | null;
}

/** Create a view of experiments. */
export interface CreateView {
  name: string;
  experiment_ids: string[];
  state?: string;
  is_shared?: boolean;
  is_default?: boolean;
  replace?: boolean;
}

/** Create a webhook. */
export interface CreateWebhook {
  name: string;
  url: string;
  events: EventName[];
  description?: string | null;
  secret?: string | null;
  status?: string | null;
  model_names?: string[];
  experiment_ids?: string[];
}

/** A data set as a run records it: what it was, not its rows. */
export interface Dataset {
  name: string;
  digest: string;
  source_type?: string;
  source?: string;
  schema?: string;
  profile?: string;
}

/** Which data set a metric condition speaks of. */
export interface DatasetFilter {
  dataset_name: string;
  dataset_digest?: string | null;
}

/** A data set together with the tags that say what a run used it for. */
export interface DatasetInput {
  dataset: Dataset;
  tags?: InputTag[];
}

/** Answer of `SearchDatasets`. */
export interface DatasetSummaries {
  dataset_summaries?: DatasetSummary[];
}

/** A data set with the context that a run used it in. */
export interface DatasetSummary {
  experiment_id: string;
  name: string;
  digest: string;
  context?: string;
}

/** Delete a file, or a folder with all that is in it; without a path everything. */
export interface DeleteArtifact {
  run_id?: string | null;
  model_id?: string | null;
  path?: string | null;
}

/** Mark an experiment and its runs as deleted. */
export interface DeleteExperiment {
  experiment_id: string;
}

/** Delete a tag of an experiment. */
export interface DeleteExperimentTag {
  experiment_id: string;
  key: string;
}

/** Mark a logged model as deleted. */
export interface DeleteLoggedModel {
  model_id: string;
}

/** Delete a tag of a logged model. */
export interface DeleteLoggedModelTag {
  model_id: string;
  tag_key: string;
}

/** Delete a version with its aliases; its number is not given again, and its history stays. */
export interface DeleteModelVersion {
  name: string;
  version: string;
  reason?: string | null;
  force?: boolean;
}

/** Delete a tag of a version; one that is not there is fine. */
export interface DeleteModelVersionTag {
  name: string;
  version: string;
  key: string;
  reason?: string | null;
}

/** Delete a file or folder of the server's artifacts. */
export interface DeleteProxiedArtifact {
  artifact_path: string;
}

/** Delete a registered model with all its versions; its history stays. */
export interface DeleteRegisteredModel {
  name: string;
  reason?: string | null;
  force?: boolean;
}

/** Delete an alias; one that is not there is fine. */
export interface DeleteRegisteredModelAlias {
  name: string;
  alias: string;
  reason?: string | null;
  force?: boolean;
  expected?: string | null;
}

/** Delete a tag of a registered model; one that is not there is fine. */
export interface DeleteRegisteredModelTag {
  name: string;
  key: string;
  reason?: string | null;
}

/** Delete a rule. */
export interface DeleteRegistryRule {
  reason?: string | null;
  condition: Protected | MetricGate | TagGate | ContentGate;
  name?: string | null;
  pattern?: string | null;
  alias?: string | null;
  stage?: string | null;
}

/** Mark a run as deleted. */
export interface DeleteRun {
  run_id: string;
}

/** Mark runs as deleted; a search finds active ones. */
export interface DeleteRuns {
  run_ids?: string[] | null;
  experiment_ids?: string[] | null;
  filter?: string | null;
}

/** Delete a tag of a run; a tag that is not there is RESOURCE_DOES_NOT_EXIST. */
export interface DeleteTag {
  run_id: string;
  key: string;
}

/** Delete a view. */
export interface DeleteView {
  view_id: string;
}

/** Delete a webhook with its deliveries, also those that are not sent yet. */
export interface DeleteWebhook {
  webhook_id: string;
}

/** One try of a delivery. */
export interface DeliveryAttempt {
  attempt: number;
  timestamp: number;
  duration_ms?: number;
  status_code?: number;
  error?: string;
  response_body?: string;
}

/** A request or an answer without fields. */
export interface Empty {
}

/** Make a run whose id the client chose, unless it is there already. */
export interface EnsureRun {
  run_id: string;
  experiment_id?: string | null;
  experiment_name?: string | null;
  user_id?: string | null;
  run_name?: string | null;
  start_time?: number | null;
  tags?: RunTag[];
  session?: string | null;
}

/** An event as it travels: both names in capitals, as protobuf writes them. */
export interface EventName {
  entity: string;
  action: string;
}

/** A named set of runs. */
export interface Experiment {
  experiment_id: string;
  name: string;
  artifact_location?: string;
  lifecycle_stage?: string;
  tags?: ExperimentTag[];
  creation_time?: number;
  last_update_time?: number;
}

/** One experiment. */
export interface ExperimentAnswer {
  experiment: Experiment;
}

/** Answer of `CreateExperiment`. */
export interface ExperimentCreated {
  experiment_id: string;
}

/** A tag of an experiment: a key and a text. */
export interface ExperimentTag {
  key: string;
  value: string;
}

/** A page of experiments. */
export interface ExperimentsPage {
  experiments?: Experiment[];
  next_page_token?: string;
}

/** One file that was read, or could not be. */
export interface FileCheck {
  path: string;
  state: string;
  size?: number;
  digest?: string;
  recorded?: string;
  problem?: string;
}

/** One entry of an artifact listing. */
export interface FileInfo {
  path: string;
  is_dir: boolean;
  file_size?: number;
}

/** A page of a folder. */
export interface FilesPage {
  root_uri?: string;
  files?: FileInfo[];
  total?: number;
  next_page_token?: string;
}

/** Set a logged model's final status. */
export interface FinalizeLoggedModel {
  model_id: string;
  status: string | number;
}

/** Check the file that the parts make up, and put it into its place. */
export interface FinishUpload {
  run_id?: string | null;
  model_id?: string | null;
  path: string;
  size: number;
  digest?: string | null;
  source?: string | null;
}

/** What one call has deleted, or a dry run would. */
export interface GarbageCollected {
  runs?: number;
  experiments?: number;
  models?: number;
  points?: number;
  files?: number;
  bytes?: number;
  shared?: number;
  kept?: Kept[];
  left?: number;
  next?: string;
}

/** Download one file of a run. */
export interface GetArtifact {
  path: string;
  run_id: string;
  run_uuid?: string | null;
}

/** Download files as a bundle: the first of `paths`, as many as find room in it. */
export interface GetBundle {
  run_id?: string | null;
  model_id?: string | null;
  paths: string[];
}

/** Get an experiment, deleted or not, by its id. */
export interface GetExperiment {
  experiment_id: string;
}

/** Get an experiment, deleted or not, by its name. */
export interface GetExperimentByName {
  experiment_name: string;
}

/** Tell which series of images runs have, and at which steps. */
export interface GetImageKeys {
  experiment_ids: string[];
  run_ids: string[];
  known?: string | null;
}

/** Get the newest version of each of the stages, of all four if none is given. */
export interface GetLatestVersions {
  name: string;
  stages?: string[];
}

/** Get what a thing came from, and what came from it, nearest first. */
export interface GetLineage {
  kind: string;
  id: string;
  direction?: string | null;
  depth?: number | null;
  max_nodes?: number | null;
  max_neighbors?: number | null;
  relation?: string | null;
  skip?: number | null;
}

/** Get a logged model, a deleted one only on request. */
export interface GetLoggedModel {
  model_id: string;
  allow_deleted?: boolean;
}

/** Download one file of a logged model. */
export interface GetLoggedModelArtifact {
  model_id: string;
  artifact_file_path?: string | null;
}

/** Get the points of a metric in the order of timestamp, step, value. */
export interface GetMetricHistory {
  metric_key: string;
  max_results?: number | null;
  page_token?: string | null;
  run_id: string;
  run_uuid?: string | null;
}

/** Get one metric's points of up to 100 runs, at most 25000 points in all. */
export interface GetMetricHistoryBulk {
  run_id: string[];
  metric_key: string;
  max_results?: number | null;
}

/** Get a sample of one metric's points of up to 100 runs between two steps. */
export interface GetMetricHistoryBulkInterval {
  run_ids: string[];
  metric_key: string;
  start_step?: number | null;
  end_step?: number | null;
  max_results?: number | null;
}

/** Get metrics of several runs as columns, reduced for a chart. */
export interface GetMetricSeries {
  run_ids: string[];
  metric_key?: string | null;
  metric_keys?: string[];
  start_step?: number | null;
  end_step?: number | null;
  max_points?: number | null;
  known?: number[][];
  timestamps?: boolean;
}

/** Get a version. */
export interface GetModelVersion {
  name: string;
  version: string;
}

/** Download one file of a version of a registered model. */
export interface GetModelVersionArtifact {
  name: string;
  version: string;
  path: string;
}

/** Get the version that an alias names, or the newest one for ``latest``. */
export interface GetModelVersionByAlias {
  name: string;
  alias: string;
}

/** Get what a version holds; `files` says whether the files are wanted as well. */
export interface GetModelVersionContent {
  name: string;
  version: string;
  files?: boolean;
}

/** Get where the files of a version lie. */
export interface GetModelVersionDownloadUri {
  name: string;
  version: string;
}

/** Get what a version came from. */
export interface GetModelVersionLineage {
  name: string;
  version: string;
}

/** Return a URL from which one of the server's artifacts can be fetched. */
export interface GetPresignedDownload {
  artifact_path: string;
}

/** Return a URL from which a file of a run can be fetched for `expiration` seconds. */
export interface GetPresignedDownloadUrl {
  run_id: string;
  path: string;
  expiration?: number | null;
}

/** Download one of the server's artifacts. */
export interface GetProxiedArtifact {
  artifact_path: string;
}

/** Get a registered model by its name. */
export interface GetRegisteredModel {
  name: string;
}

/** Get a run, deleted or not. */
export interface GetRun {
  info_only?: boolean;
  run_id: string;
  run_uuid?: string | null;
}

/** Get the context of a run, deleted or not, session by session. */
export interface GetRunContext {
  run_id: string;
  parts?: string[];
}

/** Get the contexts of up to 500 runs, deleted or not; those that are not there are left out. */
export interface GetRunContexts {
  run_ids: string[];
  parts?: string[];
}

/** Get the images of runs: of one series, or of all. */
export interface GetRunImages {
  experiment_ids: string[];
  run_ids: string[];
  key?: string | null;
  known?: string[];
}

/** Tell which metrics, params and tags the runs have that a search finds. */
export interface GetRunKeys {
  experiment_ids?: string[];
  filter?: string | null;
  run_view_type?: string | number | null;
  search?: string | null;
  max_keys?: number | null;
  system_tags?: boolean;
}

/** Get what a run, deleted or not, has printed, in the order in which it came. */
export interface GetRunOutput {
  run_id: string;
  after?: number;
  limit?: number | null;
  tail?: number | null;
  session?: string | null;
  stream?: string | null;
}

/** Tell which values a column has among the runs that a search finds, for completion. */
export interface GetRunValues {
  column: string;
  experiment_ids?: string[];
  filter?: string | null;
  run_view_type?: string | number | null;
  search?: string | null;
  max_values?: number | null;
}

/** Get a window of the runs that a search finds, as columns. */
export interface GetRunWindow {
  experiment_ids?: string[];
  filter?: string | null;
  run_view_type?: string | number | null;
  order_by?: string[];
  offset?: number;
  max_results?: number;
  columns?: string[];
  roots?: boolean;
  fresh?: boolean;
  known?: string | null;
}

/** Get a view with its state. */
export interface GetView {
  view_id: string;
}

/** Get a webhook. */
export interface GetWebhook {
  webhook_id: string;
}

/** Get a delivery with its body. */
export interface GetWebhookDelivery {
  delivery_id: string;
}

/** What a Headrace server can do beyond MLflow's protocol. */
export interface HeadraceInfo {
  version: string;
  client_run_ids: boolean;
  journals: boolean;
  artifacts: boolean;
  sign_in: string;
  address: string;
}

/** Say that these sessions go on; those that are not known, or have ended, are passed over. */
export interface Heartbeat {
  sessions: string[];
}

/** A series of images that some runs have. */
export interface ImageKey {
  key: string;
  run_ids: string[];
  steps: number[];
}

/** The series of runs, by their names in order. */
export interface ImageKeys {
  token: string;
  keys: ImageKey[];
  unchanged: boolean;
  unread: number;
  unreadable: string[];
}

/** The images of a series in the order of their steps and times, as columns of equal length. */
export interface ImageSeries {
  key: string;
  steps: number[];
  timestamps: number[];
  paths: string[];
  thumbnails: string[];
}

/** The images of one of several runs. */
export interface ImagesOfRun {
  run_id: string;
  mark: string;
  series: ImageSeries[];
}

/** A tag of an input, for example ``mlflow.data.context``. */
export interface InputTag {
  key: string;
  value: string;
}

/** What became of a batch. */
export interface JournalApplied {
  applied: number;
  durable?: boolean;
  refused?: RefusedEntry[];
  held?: string;
  runs?: RunInfo[];
}

/** Some records of a journal that follow each other; one of the fields but `records` is set. */
export interface JournalEntry {
  records?: number;
  ensure_run?: EnsureRun | null;
  log_points?: LogPoints | null;
  log_rows?: LogRows | null;
  log_batch?: LogBatch | null;
  log_param?: LogParam | null;
  set_tag?: SetTag | null;
  update_run?: UpdateRun | null;
  log_inputs?: LogInputs | null;
  log_outputs?: LogOutputs | null;
  set_context?: SetContext | null;
  append_output?: AppendOutput | null;
  skip?: Skip | null;
}

/** What was not deleted, and why. */
export interface Kept {
  kind: string;
  id: string;
  reason: string;
}

/** What a thing came from, and what came from it. */
export interface Lineage {
  nodes: LineageNode[];
  edges: LineageEdge[];
  cuts: LineageCut[];
}

/** Answer of `GetLineage`. */
export interface LineageAnswer {
  lineage: Lineage;
}

/** Neighbours of a node that are not in the graph, since they are too many or too far. */
export interface LineageCut {
  node: number;
  relation: string;
  downstream: boolean;
  count: number;
}

/** Something, and what came from it. */
export interface LineageEdge {
  source: number;
  target: number;
  relation: string;
  detail?: string;
}

/** A data set, a run, a logged model or a version. */
export interface LineageNode {
  kind: string;
  id: string;
  name: string;
  state?: string;
  time?: number;
  experiment_id?: string;
  experiment_name?: string;
  status?: string;
  lost?: boolean;
  version?: string;
  stage?: string;
  aliases?: string[];
  type?: string;
  digest?: string;
}

/** List what lies directly below a run's artifact root, or below a folder in it. */
export interface ListArtifacts {
  path?: string | null;
  page_token?: string | null;
  run_id: string;
  run_uuid?: string | null;
}

/** List what lies directly below the root of a run, model or version, or a folder in it. */
export interface ListFiles {
  path?: string | null;
  max_results?: number | null;
  page_token?: string | null;
  run_id?: string | null;
  model_id?: string | null;
  name?: string | null;
  version?: string | null;
}

/** List what lies directly below a logged model's root, or below a folder in it. */
export interface ListLoggedModelArtifacts {
  model_id: string;
  artifact_directory_path?: string | null;
  page_token?: string | null;
}

/** List the changes that can be taken back, and those that were, the newest first. */
export interface ListOperations {
  max_results?: number;
}

/** List what lies directly in a folder of the server's artifacts, by name. */
export interface ListProxiedArtifacts {
  path?: string | null;
}

/** List changes of a registered model, newest first, also after it was deleted. */
export interface ListRegistryChanges {
  name?: string | null;
  pattern?: string | null;
  version?: string | null;
  kind?: string | null;
  key?: string | null;
  max_results?: number | null;
  page_token?: string | null;
}

/** List rules, the oldest first. */
export interface ListRegistryRules {
  name?: string | null;
  max_results?: number | null;
  page_token?: string | null;
}

/** List the views that the caller may see, newest first, without their states. */
export interface ListViews {
  experiment_ids?: string[];
  max_results?: number | null;
  page_token?: string | null;
}

/** List deliveries, newest first. */
export interface ListWebhookDeliveries {
  webhook_id?: string | null;
  state?: string | null;
  event?: string | null;
  max_results?: number | null;
  page_token?: string | null;
}

/** List webhooks, newest first. */
export interface ListWebhooks {
  max_results?: number | null;
  page_token?: string | null;
  headrace_events?: boolean;
}

/** Log points, params and tags together: all of them or none. */
export interface LogBatch {
  run_id: string;
  metrics?: MetricPoint[];
  params?: Param[];
  tags?: RunTag[];
}

/** Record data sets and logged models as inputs of a run. */
export interface LogInputs {
  run_id: string;
  datasets?: DatasetInput[];
  models?: LoggedModelInput[];
}

/** Add params to a logged model. */
export interface LogLoggedModelParams {
  model_id: string;
  params?: LoggedModelParameter[];
}

/** Log one point of a metric. */
export interface LogMetric {
  key: string;
  value: Float;
  timestamp: number;
  step?: number;
  model_id?: string | null;
  dataset_name?: string | null;
  dataset_digest?: string | null;
  run_id: string;
  run_uuid?: string | null;
}

/** Record a model's MLmodel file, as JSON text, in the tag ``mlflow.log-model.history``. */
export interface LogModel {
  run_id: string;
  model_json: string;
}

/** Record logged models as outputs of a run. */
export interface LogOutputs {
  run_id: string;
  models: LoggedModelOutput[];
}

/** Log a param; the same value again is fine, another value is refused. */
export interface LogParam {
  key: string;
  value?: string;
  run_id: string;
  run_uuid?: string | null;
}

/** Log points of one run, in columns of equal length. */
export interface LogPoints {
  run_id: string;
  keys: string[];
  series: number[];
  steps: number[];
  timestamps: number[];
  values: Float[];
}

/** Log points of one run in rows: each has a value for every key, at one step and time. */
export interface LogRows {
  run_id: string;
  keys: string[];
  steps: number[];
  timestamps: number[];
  values: string;
}

/** A logged model whole, with the flat attributes of `mlflow.entities.LoggedModel`. */
export interface LoggedModel {
  info: LoggedModelInfo;
  data: LoggedModelData;
}

/** One logged model. */
export interface LoggedModelAnswer {
  model: LoggedModel;
}

/** What was logged about a model. */
export interface LoggedModelData {
  params?: LoggedModelParameter[];
  metrics?: Metric[];
}

/** What a logged model is; the fields as they travel. `LoggedModel` gives MLflow's names. */
export interface LoggedModelInfo {
  model_id: string;
  experiment_id: string;
  name?: string;
  creation_timestamp_ms?: number;
  last_updated_timestamp_ms?: number;
  artifact_uri?: string;
  status?: string;
  creator_id?: number;
  model_type?: string;
  source_run_id?: string;
  status_message?: string;
  tags?: LoggedModelTag[];
  registrations?: Registration[];
}

/** A logged model that a run read. */
export interface LoggedModelInput {
  model_id: string;
}

/** One key of the order of a search for logged models. */
export interface LoggedModelOrder {
  field_name: string;
  ascending?: boolean | null;
  dataset_name?: string | null;
  dataset_digest?: string | null;
}

/** A logged model that a run produced, at a step. */
export interface LoggedModelOutput {
  model_id: string;
  step: number;
}

/** A parameter of a logged model. */
export interface LoggedModelParameter {
  key: string;
  value: string;
}

/** A tag of a logged model. */
export interface LoggedModelTag {
  key: string;
  value: string;
}

/** A page of logged models. */
export interface LoggedModelsPage {
  models?: LoggedModel[];
  next_page_token?: string;
}

/** One value of a metric. */
export interface Metric {
  key: string;
  value: Float;
  timestamp: number;
  step: number;
  model_id?: string;
  dataset_name?: string;
  dataset_digest?: string;
  run_id?: string;
}

/** A metric of the version that arrives, against a number or the version that it replaces. */
export interface MetricGate {
  kind: "metric";
  metric: string;
  comparison: string;
  threshold: Float | null;
  offset: Float;
}

/** A metric of some runs. */
export interface MetricKey {
  key: string;
  runs: number;
  has_steps: boolean;
  min: Float | null;
  max: Float | null;
}

/** A point as a request carries it; a step that is not given is 0. */
export interface MetricPoint {
  key: string;
  value: Float;
  timestamp: number;
  step?: number;
  model_id?: string | null;
  dataset_name?: string | null;
  dataset_digest?: string | null;
}

/** One metric of one run as columns of equal length, in the order of step. */
export interface MetricSeries {
  run_id: string;
  steps: number[];
  timestamps: number[];
  values: Float[];
  total: number;
  metric_key: string;
  count: number;
}

/** The series that have points, metric by metric, in the order of the request. */
export interface MetricSeriesAnswer {
  series: MetricSeries[];
}

/** Points of several runs. */
export interface MetricsAnswer {
  metrics?: Metric[];
}

/** Points of several runs; the list travels also when it is empty, as in MLflow. */
export interface MetricsOfRuns {
  metrics: Metric[];
}

/** A page of points. */
export interface MetricsPage {
  metrics?: Metric[];
  next_page_token?: string;
}

/** What the rules say of a move. */
export interface ModelMoveCheck {
  passes: boolean;
  findings: RuleFinding[];
}

/** One version of a registered model, with MLflow's names. */
export interface ModelVersion {
  name: string;
  version: string;
  creation_timestamp: number;
  last_updated_timestamp?: number;
  user_id?: string;
  current_stage?: string;
  description?: string;
  source?: string;
  run_id?: string;
  status?: string;
  status_message?: string;
  tags?: ModelVersionTag[];
  run_link?: string;
  aliases?: string[];
  model_id?: string;
  user_verified?: boolean;
  artifact_uri?: string;
  content_state?: string;
  content_digest?: string;
}

/** One version. */
export interface ModelVersionAnswer {
  model_version: ModelVersion;
}

/** What one version holds. */
export interface ModelVersionContentAnswer {
  content: VersionContent;
}

/** Answer of `GetModelVersionDownloadUri`. */
export interface ModelVersionDownloadUri {
  artifact_uri: string;
}

/** Answer of `GetModelVersionLineage`. */
export interface ModelVersionLineage {
  lineage: VersionLineage;
}

/** A tag of a version. */
export interface ModelVersionTag {
  key: string;
  value: string;
}

/** Versions of one registered model. */
export interface ModelVersions {
  model_versions?: ModelVersion[];
}

/** A page of versions. */
export interface ModelVersionsPage {
  model_versions?: ModelVersion[];
  next_page_token?: string;
}

/** Move active runs into another active experiment, with all that they logged. */
export interface MoveRuns {
  run_ids?: string[] | null;
  experiment_ids?: string[] | null;
  filter?: string | null;
  to_experiment_id: string;
}

/** A part that was sent: its number from 1 on, and the ETag that it was answered with. */
export interface MultipartPart {
  part_number: number;
  etag: string;
  url?: string | null;
}

/** An upload that has begun. */
export interface MultipartUpload {
  upload_id: string;
  credentials: PartUrl[];
}

/** A change of many runs. */
export interface Operation {
  operation_id: string;
  kind: string;
  runs: number;
  made_at: number;
  user?: string;
  undone_at?: number;
  undone_runs?: number;
}

/** Answer of `ListOperations`. */
export interface Operations {
  operations?: Operation[];
}

/** A piece of what a session printed, as it was taken: it may end within a line. */
export interface OutputChunk {
  id: number;
  session: string;
  stream: string;
  time: number;
  text: string;
}

/** A parameter of a run: set once, any text. */
export interface Param {
  key: string;
  value: string;
}

/** Where one part is to be PUT, and with which headers. */
export interface PartUrl {
  url: string;
  part_number: number;
  headers: Record<string, string>;
}

/** Where a file can be fetched without credentials, and how many bytes it has. */
export interface PresignedDownload {
  url: string;
  headers: Record<string, string>;
  file_size?: number;
}

/** Where a file can be sent or fetched without credentials. */
export interface PresignedUrl {
  presigned_url: string;
  headers: Record<string, string>;
  file_size?: number;
}

/** Every move, to a version and away from one, must be forced. */
export interface Protected {
  kind: "protected";
}

/** Store the body as a file: `size` bytes with the BLAKE3 `digest`, in hexadecimal. */
export interface PutArtifact {
  run_id?: string | null;
  model_id?: string | null;
  path: string;
  size: number;
  digest: string;
}

/** Store the files of the bundle that is the body; each is stored or refused by itself. */
export interface PutBundle {
  run_id?: string | null;
  model_id?: string | null;
}

/** Store the body as one part of an upload: the `part`-th, from 0 on, maybe with its digest. */
export interface PutPart {
  run_id?: string | null;
  model_id?: string | null;
  path: string;
  size: number;
  digest?: string | null;
  source?: string | null;
  part: number;
  part_digest?: string | null;
}

/** Store the body as one of the server's artifacts. */
export interface PutProxiedArtifact {
  artifact_path: string;
}

/** Send a delivery that has ended once more, under the same id and with the same body. */
export interface RedeliverWebhook {
  delivery_id: string;
}

/** An entry that was not applied, though the mark moved over it. */
export interface RefusedEntry {
  index: number;
  error_code: string;
  message: string;
}

/** A file of a bundle that was not stored. */
export interface RefusedFile {
  number: number;
  error_code: string;
  message: string;
}

/** A registered model, with MLflow's names. */
export interface RegisteredModel {
  name: string;
  creation_timestamp: number;
  last_updated_timestamp?: number;
  user_id?: string;
  description?: string;
  latest_versions?: ModelVersion[];
  tags?: RegisteredModelTag[];
  aliases?: RegisteredModelAlias[];
  user_verified?: boolean;
}

/** A name of the user's for one version. */
export interface RegisteredModelAlias {
  alias: string;
  version: string;
}

/** One registered model. */
export interface RegisteredModelAnswer {
  registered_model: RegisteredModel;
}

/** A tag of a registered model. */
export interface RegisteredModelTag {
  key: string;
  value: string;
}

/** A page of registered models. */
export interface RegisteredModelsPage {
  registered_models?: RegisteredModel[];
  next_page_token?: string;
}

/** A version of a registered model that was made from a logged model. */
export interface Registration {
  name: string;
  version: string;
}

/** One change of a registered model or of one of its versions. */
export interface RegistryChange {
  name: string;
  kind: string;
  timestamp: number;
  version?: string;
  key?: string;
  before?: string;
  after?: string;
  actor?: string;
  is_verified?: boolean;
  reason?: string;
  overridden?: string;
}

/** A page of changes. */
export interface RegistryChanges {
  changes?: RegistryChange[];
  next_page_token?: string;
}

/** A rule of the registry. */
export interface RegistryRule {
  condition: Protected | MetricGate | TagGate | ContentGate;
  name?: string;
  pattern?: string;
  alias?: string;
  stage?: string;
  timestamp?: number;
  actor?: string;
  is_verified?: boolean;
  reason?: string;
}

/** One rule. */
export interface RegistryRuleAnswer {
  rule: RegistryRule;
}

/** A page of rules. */
export interface RegistryRules {
  rules?: RegistryRule[];
  next_page_token?: string;
}

/** Rename a registered model; its versions, aliases, tags and history go with it. */
export interface RenameRegisteredModel {
  name: string;
  new_name: string;
  reason?: string | null;
  force?: boolean;
}

/** Take back the deletion of an experiment and of all its runs. */
export interface RestoreExperiment {
  experiment_id: string;
  keep_deleted?: boolean;
}

/** Take back the deletion of a run. */
export interface RestoreRun {
  run_id: string;
}

/** Take back the deletion of runs; a search finds deleted ones. */
export interface RestoreRuns {
  run_ids?: string[] | null;
  experiment_ids?: string[] | null;
  filter?: string | null;
}

/** What a rule says of a move. */
export interface RuleFinding {
  rule: RegistryRule;
  passes: boolean;
  found: string;
}

/** A run whole. Its inputs and outputs travel even when they are empty, as in MLflow. */
export interface Run {
  info: RunInfo;
  data: RunData;
  inputs: RunInputs;
  outputs?: RunOutputs;
}

/** One run whole. */
export interface RunAnswer {
  run: Run;
}

/** A page of runs as columns of equal length, without the runs' inputs and outputs. */
export interface RunColumns {
  run_id?: string[];
  experiment_id?: string[];
  status?: string[];
  artifact_uri?: (string | null)[];
  start_time?: (number | null)[];
  end_time?: (number | null)[];
  metrics?: Record<string, (Float | null)[]>;
  params?: Record<string, (string | null)[]>;
  tags?: Record<string, (string | null)[]>;
  next_page_token?: string;
}

/** Answer of `GetRunContext`: its sessions, the first one first. */
export interface RunContext {
  sessions: SessionContext[];
}

/** Answer of `GetRunContexts`, in the order of the request. */
export interface RunContexts {
  runs: ContextOfRun[];
  contents: Record<string, string>;
}

/** Answer of `CountRuns`. */
export interface RunCount {
  count: number;
}

/** What a run logged: its latest metrics, its params and its tags. */
export interface RunData {
  metrics?: Metric[];
  params?: Param[];
  tags?: RunTag[];
}

/** Answer of `GetRunImages`, in the order of the request. */
export interface RunImages {
  runs: ImagesOfRun[];
  unread: string[];
}

/** What a run is, without what it logged. */
export interface RunInfo {
  run_id: string;
  experiment_id: string;
  user_id: string;
  status: string;
  start_time?: number;
  end_time?: number;
  lifecycle_stage?: string;
  artifact_uri?: string;
  run_name?: string;
  run_uuid?: string;
  user_verified?: boolean;
  lost?: boolean;
}

/** A run without what it logged. */
export interface RunInfoAnswer {
  run_info: RunInfo;
}

/** What went into a run. */
export interface RunInputs {
  dataset_inputs?: DatasetInput[];
  model_inputs?: LoggedModelInput[];
}

/** The keys of runs, those of the most runs first. */
export interface RunKeys {
  runs: number;
  looked_at: number;
  metrics: MetricKey[];
  params: TextKey[];
  tags: TextKey[];
  metric_count: number;
  param_count: number;
  tag_count: number;
}

/** A page of the output of a run. */
export interface RunOutput {
  chunks: OutputChunk[];
  next: number;
  is_over: boolean;
}

/** What came out of a run. */
export interface RunOutputs {
  model_outputs?: LoggedModelOutput[];
}

/** A tag of a run: a key and a text that may change. */
export interface RunTag {
  key: string;
  value: string;
}

/** Values of a column, those of the most runs first. */
export interface RunValues {
  values: string[];
  runs: number[];
}

/** A window of a table of runs: columns of equal length, a row for each run. */
export interface RunWindow {
  total: number;
  offset: number;
  token: string;
  unchanged: boolean;
  run_id: string[];
  experiment_id: string[];
  run_name: string[];
  status: string[];
  is_lost: boolean[];
  user_id: string[];
  user_verified: boolean[];
  lifecycle_stage: string[];
  start_time: (number | null)[];
  end_time: (number | null)[];
  parent_run_id: (string | null)[];
  children: number[];
  numbers: Record<string, (Float | null)[]>;
  texts: Record<string, (string | null)[]>;
}

/** What a call has changed. */
export interface RunsChanged {
  operation_id?: string;
  runs?: number;
}

/** A page of runs. */
export interface RunsPage {
  runs?: Run[];
  next_page_token?: string;
}

/** List the data sets that runs of up to 20 experiments used. */
export interface SearchDatasets {
  experiment_ids: string[];
}

/** Find experiments; `max_results` must be from 1 to 50000. */
export interface SearchExperiments {
  max_results?: number | null;
  page_token?: string | null;
  filter?: string | null;
  order_by?: string[];
  view_type?: string | number | null;
}

/** Find logged models; `max_results` is 50 if not given. */
export interface SearchLoggedModels {
  experiment_ids: string[];
  filter?: string | null;
  datasets?: DatasetFilter[];
  max_results?: number | null;
  order_by?: LoggedModelOrder[];
  page_token?: string | null;
}

/** Find versions; `max_results` is 200000 if not given, which is also the most. */
export interface SearchModelVersions {
  filter?: string | null;
  max_results?: number | null;
  order_by?: string[];
  page_token?: string | null;
}

/** Find registered models; `max_results` is 100 if not given and at most 1000. */
export interface SearchRegisteredModels {
  filter?: string | null;
  max_results?: number | null;
  order_by?: string[];
  page_token?: string | null;
}

/** Find runs as `SearchRuns` does and answer columns; Headrace's own. */
export interface SearchRunColumns {
  experiment_ids?: string[];
  filter?: string | null;
  run_view_type?: string | number | null;
  max_results?: number | null;
  order_by?: string[];
  page_token?: string | null;
  fields?: string[] | null;
}

/** Find runs; `max_results` is 1000 if not given and at most 50000. */
export interface SearchRuns {
  experiment_ids?: string[];
  filter?: string | null;
  run_view_type?: string | number | null;
  max_results?: number | null;
  order_by?: string[];
  page_token?: string | null;
  fields?: string[] | null;
}

/** What clients ask before they log in; the fields are MLflow's, but for the last. */
export interface ServerInfo {
  store_type: string;
  workspaces_enabled: boolean;
  trace_archival_enabled: boolean;
  multipart_uploads_enabled: boolean;
  multipart_downloads_enabled: boolean;
  presigned_upload_run_id_supported: boolean;
  presigned_upload_model_id_supported: boolean;
  features_enabled: Record<string, boolean>;
  headrace: HeadraceInfo;
}

/** The context of one session of a run. */
export interface SessionContext {
  session: string;
  started_at: number;
  host?: string;
  parts?: StoredPart[];
}

/** Record parts of the context of one session; the same part again takes its place. */
export interface SetContext {
  run_id: string;
  session: string;
  parts?: ContextPart[];
}

/** Set a tag of an experiment. */
export interface SetExperimentTag {
  experiment_id: string;
  key: string;
  value?: string;
}

/** Set tags of a logged model. */
export interface SetLoggedModelTags {
  model_id: string;
  tags?: LoggedModelTag[];
}

/** Set a tag of a version. */
export interface SetModelVersionTag {
  name: string;
  version: string;
  key: string;
  value?: string;
  reason?: string | null;
}

/** Let an alias name a version, whatever it named before. */
export interface SetRegisteredModelAlias {
  name: string;
  alias: string;
  version: string;
  reason?: string | null;
  force?: boolean;
  expected?: string | null;
}

/** Set a tag of a registered model. */
export interface SetRegisteredModelTag {
  name: string;
  key: string;
  value?: string;
  reason?: string | null;
}

/** Set a tag of a run. */
export interface SetTag {
  key: string;
  value?: string;
  run_id: string;
  run_uuid?: string | null;
}

/** Begin a session of a browser: a cookie then stands for the credentials of this call. */
export interface SignIn {
}

/** End the session of a browser. */
export interface SignOut {
}

/** Records that cannot be applied: the mark moves over them. */
export interface Skip {
  reason: string;
}

/** One part of a session's context. */
export interface StoredPart {
  name: string;
  size: number;
  digest: string;
  content?: string;
}

/** A tag of the version that arrives. */
export interface TagGate {
  kind: "tag";
  key: string;
  value: string | null;
}

/** Set and delete tags of active runs; a tag that a run has not is no error. */
export interface TagRuns {
  run_ids?: string[] | null;
  experiment_ids?: string[] | null;
  filter?: string | null;
  set?: RunTag[];
  delete?: string[];
}

/** Send an example to a webhook now, once. */
export interface TestWebhook {
  webhook_id: string;
  event?: EventName | null;
}

/** A param or tag of some runs. */
export interface TextKey {
  key: string;
  runs: number;
  distinct: number;
  value: string | null;
}

/** Move a version into a stage, whose other versions are archived if asked. */
export interface TransitionModelVersionStage {
  name: string;
  version: string;
  stage: string;
  archive_existing_versions?: boolean;
  reason?: string | null;
  force?: boolean;
  expected?: string | null;
}

/** Take back a change of many runs, if none of them was changed in that since. */
export interface UndoOperation {
  operation_id: string;
}

/** Rename an experiment. */
export interface UpdateExperiment {
  experiment_id: string;
  new_name?: string | null;
}

/** Set the description of a version; without one it has none any more. */
export interface UpdateModelVersion {
  name: string;
  version: string;
  description?: string | null;
  reason?: string | null;
}

/** Set the description of a registered model; without one it has none any more. */
export interface UpdateRegisteredModel {
  name: string;
  description?: string | null;
  reason?: string | null;
}

/** Change status, end time or name of a run. */
export interface UpdateRun {
  status?: string | number | null;
  end_time?: number | null;
  run_name?: string | null;
  session?: string | null;
  run_id: string;
  run_uuid?: string | null;
}

/** Change what is given of a view. */
export interface UpdateView {
  view_id: string;
  name?: string | null;
  state?: string | null;
  is_shared?: boolean | null;
  is_default?: boolean | null;
}

/** Change what is given of a webhook; an empty secret leaves its requests unsigned. */
export interface UpdateWebhook {
  webhook_id: string;
  name?: string | null;
  description?: string | null;
  url?: string | null;
  events?: EventName[];
  secret?: string | null;
  status?: string | null;
  model_names?: string[] | null;
  experiment_ids?: string[] | null;
}

/** Store the body, at most 10 MB, as one file of a run. */
export interface UploadArtifact {
  run_uuid?: string | null;
  path?: string | null;
}

/** How far an upload is. */
export interface UploadState {
  complete: boolean;
  part_size: number;
  parts: number[];
}

/** Files in the order of folders and names; there are more if there is a token. */
export interface VerifiedPage {
  files?: FileCheck[];
  next_page_token?: string;
}

/** Read files of a run or logged model, and say which are not as they were stored. */
export interface VerifyArtifacts {
  run_id?: string | null;
  model_id?: string | null;
  path?: string | null;
  page_token?: string | null;
}

/** The files of a version, as they were recorded once and for all, and how they are. */
export interface VersionContent {
  name: string;
  version: string;
  state: string;
  digest?: string;
  files?: ContentFile[];
  checked_at?: number;
  problems?: FileCheck[];
  problem?: string;
}

/** A data set that the run of a version used. */
export interface VersionDataset {
  name: string;
  digest: string;
  source_type?: string;
  source?: string;
  context?: string;
}

/** What a version came from; a part that nobody recorded is left out. */
export interface VersionLineage {
  name: string;
  version: string;
  source?: string;
  copied_from?: string;
  run_id?: string;
  run_name?: string;
  run_state?: string;
  experiment_id?: string;
  experiment_name?: string;
  commit?: string;
  repository?: string;
  model_id?: string;
  model_name?: string;
  datasets?: VersionDataset[];
}

/** A view of one experiment, or of several that are shown together. */
export interface View {
  view_id: string;
  name: string;
  experiment_ids: string[];
  creation_timestamp: number;
  last_updated_timestamp: number;
  state?: string;
  is_shared?: boolean;
  is_default?: boolean;
  may_change?: boolean;
  user_id?: string;
  user_verified?: boolean;
  url?: string;
}

/** One view. */
export interface ViewAnswer {
  view: View;
}

/** Show a file of a run, model or version in a frame; a page among them reaches nothing. */
export interface ViewArtifact {
  run_id?: string | null;
  model_id?: string | null;
  name?: string | null;
  version?: string | null;
  path: string;
}

/** A page of views. */
export interface ViewsPage {
  views?: View[];
  next_page_token?: string;
}

/** A webhook, with MLflow's names. */
export interface Webhook {
  webhook_id: string;
  name: string;
  url: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  status: string;
  events?: EventName[];
  headrace_events?: EventName[];
  description?: string;
  model_names?: string[];
  experiment_ids?: string[];
  has_secret?: boolean;
  user_id?: string;
  user_verified?: boolean;
}

/** One webhook. */
export interface WebhookAnswer {
  webhook: Webhook;
}

/** A page of deliveries. */
export interface WebhookDeliveries {
  deliveries?: WebhookDelivery[];
  next_page_token?: string;
}

/** One event on its way to one webhook. */
export interface WebhookDelivery {
  delivery_id: string;
  webhook_id: string;
  event: string;
  state: string;
  timestamp: number;
  next_attempt?: number;
  attempts?: DeliveryAttempt[];
  body?: string;
}

/** One delivery. */
export interface WebhookDeliveryAnswer {
  delivery: WebhookDelivery;
}

/** What came of a test. */
export interface WebhookTestResult {
  success: boolean;
  response_status?: number;
  response_body?: string;
  error_message?: string;
}

/** Answer of `TestWebhook`. */
export interface WebhookTested {
  result: WebhookTestResult;
}

/** A page of webhooks. */
export interface WebhooksPage {
  webhooks?: Webhook[];
  next_page_token?: string;
}

/** Every call whose body and answer are JSON. */
export interface Calls {
  abort_multipart_upload: { request: AbortMultipartUpload; response: Empty };
  add_registry_rule: { request: AddRegistryRule; response: RegistryRuleAnswer };
  apply_journal: { request: ApplyJournal; response: JournalApplied };
  begin_upload: { request: BeginUpload; response: UploadState };
  check_model_move: { request: CheckModelMove; response: ModelMoveCheck };
  check_model_version_content: { request: CheckModelVersionContent; response: ModelVersionContentAnswer };
  collect_garbage: { request: CollectGarbage; response: GarbageCollected };
  complete_multipart_upload: { request: CompleteMultipartUpload; response: Empty };
  count_runs: { request: CountRuns; response: RunCount };
  create_experiment: { request: CreateExperiment; response: ExperimentCreated };
  create_logged_model: { request: CreateLoggedModel; response: LoggedModelAnswer };
  create_model_version: { request: CreateModelVersion; response: ModelVersionAnswer };
  create_multipart_upload: { request: CreateMultipartUpload; response: MultipartUpload };
  create_presigned_upload_url: { request: CreatePresignedUploadUrl; response: PresignedUrl };
  create_registered_model: { request: CreateRegisteredModel; response: RegisteredModelAnswer };
  create_run: { request: CreateRun; response: RunAnswer };
  create_view: { request: CreateView; response: ViewAnswer };
  create_webhook: { request: CreateWebhook; response: WebhookAnswer };
  delete_artifact: { request: DeleteArtifact; response: Empty };
  delete_experiment: { request: DeleteExperiment; response: Empty };
  delete_experiment_tag: { request: DeleteExperimentTag; response: Empty };
  delete_logged_model: { request: DeleteLoggedModel; response: Empty };
  delete_logged_model_tag: { request: DeleteLoggedModelTag; response: Empty };
  delete_model_version: { request: DeleteModelVersion; response: Empty };
  delete_model_version_tag: { request: DeleteModelVersionTag; response: Empty };
  delete_proxied_artifact: { request: DeleteProxiedArtifact; response: Empty };
  delete_registered_model: { request: DeleteRegisteredModel; response: Empty };
  delete_registered_model_alias: { request: DeleteRegisteredModelAlias; response: Empty };
  delete_registered_model_tag: { request: DeleteRegisteredModelTag; response: Empty };
  delete_registry_rule: { request: DeleteRegistryRule; response: Empty };
  delete_run: { request: DeleteRun; response: Empty };
  delete_runs: { request: DeleteRuns; response: RunsChanged };
  delete_tag: { request: DeleteTag; response: Empty };
  delete_view: { request: DeleteView; response: Empty };
  delete_webhook: { request: DeleteWebhook; response: Empty };
  finalize_logged_model: { request: FinalizeLoggedModel; response: LoggedModelAnswer };
  finish_upload: { request: FinishUpload; response: Empty };
  get_experiment: { request: GetExperiment; response: ExperimentAnswer };
  get_experiment_by_name: { request: GetExperimentByName; response: ExperimentAnswer };
  get_image_keys: { request: GetImageKeys; response: ImageKeys };
  get_latest_versions: { request: GetLatestVersions; response: ModelVersions };
  get_lineage: { request: GetLineage; response: LineageAnswer };
  get_logged_model: { request: GetLoggedModel; response: LoggedModelAnswer };
  get_metric_history: { request: GetMetricHistory; response: MetricsPage };
  get_metric_history_bulk: { request: GetMetricHistoryBulk; response: MetricsOfRuns };
  get_metric_history_bulk_interval: { request: GetMetricHistoryBulkInterval; response: MetricsAnswer };
  get_metric_series: { request: GetMetricSeries; response: MetricSeriesAnswer };
  get_model_version: { request: GetModelVersion; response: ModelVersionAnswer };
  get_model_version_by_alias: { request: GetModelVersionByAlias; response: ModelVersionAnswer };
  get_model_version_content: { request: GetModelVersionContent; response: ModelVersionContentAnswer };
  get_model_version_download_uri: { request: GetModelVersionDownloadUri; response: ModelVersionDownloadUri };
  get_model_version_lineage: { request: GetModelVersionLineage; response: ModelVersionLineage };
  get_presigned_download: { request: GetPresignedDownload; response: PresignedDownload };
  get_presigned_download_url: { request: GetPresignedDownloadUrl; response: PresignedUrl };
  get_registered_model: { request: GetRegisteredModel; response: RegisteredModelAnswer };
  get_run: { request: GetRun; response: RunAnswer };
  get_run_context: { request: GetRunContext; response: RunContext };
  get_run_contexts: { request: GetRunContexts; response: RunContexts };
  get_run_images: { request: GetRunImages; response: RunImages };
  get_run_keys: { request: GetRunKeys; response: RunKeys };
  get_run_output: { request: GetRunOutput; response: RunOutput };
  get_run_values: { request: GetRunValues; response: RunValues };
  get_run_window: { request: GetRunWindow; response: RunWindow };
  get_view: { request: GetView; response: ViewAnswer };
  get_webhook: { request: GetWebhook; response: WebhookAnswer };
  get_webhook_delivery: { request: GetWebhookDelivery; response: WebhookDeliveryAnswer };
  heartbeat: { request: Heartbeat; response: Empty };
  list_artifacts: { request: ListArtifacts; response: ArtifactsPage };
  list_files: { request: ListFiles; response: FilesPage };
  list_logged_model_artifacts: { request: ListLoggedModelArtifacts; response: ArtifactsPage };
  list_operations: { request: ListOperations; response: Operations };
  list_proxied_artifacts: { request: ListProxiedArtifacts; response: ArtifactsPage };
  list_registry_changes: { request: ListRegistryChanges; response: RegistryChanges };
  list_registry_rules: { request: ListRegistryRules; response: RegistryRules };
  list_views: { request: ListViews; response: ViewsPage };
  list_webhook_deliveries: { request: ListWebhookDeliveries; response: WebhookDeliveries };
  list_webhooks: { request: ListWebhooks; response: WebhooksPage };
  log_batch: { request: LogBatch; response: Empty };
  log_inputs: { request: LogInputs; response: Empty };
  log_logged_model_params: { request: LogLoggedModelParams; response: Empty };
  log_metric: { request: LogMetric; response: Empty };
  log_model: { request: LogModel; response: Empty };
  log_outputs: { request: LogOutputs; response: Empty };
  log_param: { request: LogParam; response: Empty };
  move_runs: { request: MoveRuns; response: RunsChanged };
  redeliver_webhook: { request: RedeliverWebhook; response: WebhookDeliveryAnswer };
  rename_registered_model: { request: RenameRegisteredModel; response: RegisteredModelAnswer };
  restore_experiment: { request: RestoreExperiment; response: Empty };
  restore_run: { request: RestoreRun; response: Empty };
  restore_runs: { request: RestoreRuns; response: RunsChanged };
  search_datasets: { request: SearchDatasets; response: DatasetSummaries };
  search_experiments: { request: SearchExperiments; response: ExperimentsPage };
  search_logged_models: { request: SearchLoggedModels; response: LoggedModelsPage };
  search_model_versions: { request: SearchModelVersions; response: ModelVersionsPage };
  search_registered_models: { request: SearchRegisteredModels; response: RegisteredModelsPage };
  search_run_columns: { request: SearchRunColumns; response: RunColumns };
  search_runs: { request: SearchRuns; response: RunsPage };
  server_info: { request: Empty; response: ServerInfo };
  set_experiment_tag: { request: SetExperimentTag; response: Empty };
  set_logged_model_tags: { request: SetLoggedModelTags; response: Empty };
  set_model_version_tag: { request: SetModelVersionTag; response: Empty };
  set_registered_model_alias: { request: SetRegisteredModelAlias; response: Empty };
  set_registered_model_tag: { request: SetRegisteredModelTag; response: Empty };
  set_tag: { request: SetTag; response: Empty };
  sign_in: { request: SignIn; response: Caller };
  sign_out: { request: SignOut; response: Empty };
  tag_runs: { request: TagRuns; response: RunsChanged };
  test_webhook: { request: TestWebhook; response: WebhookTested };
  transition_model_version_stage: { request: TransitionModelVersionStage; response: ModelVersionAnswer };
  undo_operation: { request: UndoOperation; response: RunsChanged };
  update_experiment: { request: UpdateExperiment; response: Empty };
  update_model_version: { request: UpdateModelVersion; response: ModelVersionAnswer };
  update_registered_model: { request: UpdateRegisteredModel; response: RegisteredModelAnswer };
  update_run: { request: UpdateRun; response: RunInfoAnswer };
  update_view: { request: UpdateView; response: ViewAnswer };
  update_webhook: { request: UpdateWebhook; response: WebhookAnswer };
  verify_artifacts: { request: VerifyArtifacts; response: VerifiedPage };
  whoami: { request: Empty; response: Caller };
}

/** Where each of them is. */
export const calls: { readonly [name in keyof Calls]: Row } = {
  abort_multipart_upload: { verb: "POST", path: "api/2.0/mlflow-artifacts/mpu/abort/{artifact_path:path}", in_query: false, permission: "write" },
  add_registry_rule: { verb: "POST", path: "api/1.0/headrace/registry/rules", in_query: false, permission: "admin" },
  apply_journal: { verb: "POST", path: "api/1.0/headrace/journals/apply", in_query: false, permission: "write" },
  begin_upload: { verb: "POST", path: "api/1.0/headrace/artifacts/uploads/begin", in_query: false, permission: "write" },
  check_model_move: { verb: "GET", path: "api/1.0/headrace/registry/check-move", in_query: true, permission: "read" },
  check_model_version_content: { verb: "POST", path: "api/1.0/headrace/registry/content/check", in_query: false, permission: "write" },
  collect_garbage: { verb: "POST", path: "api/1.0/headrace/gc", in_query: false, permission: "admin" },
  complete_multipart_upload: { verb: "POST", path: "api/2.0/mlflow-artifacts/mpu/complete/{artifact_path:path}", in_query: false, permission: "write" },
  count_runs: { verb: "POST", path: "api/1.0/headrace/runs/count", in_query: false, permission: "read" },
  create_experiment: { verb: "POST", path: "api/2.0/mlflow/experiments/create", in_query: false, permission: "write" },
  create_logged_model: { verb: "POST", path: "api/2.0/mlflow/logged-models", in_query: false, permission: "write" },
  create_model_version: { verb: "POST", path: "api/2.0/mlflow/model-versions/create", in_query: false, permission: "write" },
  create_multipart_upload: { verb: "POST", path: "api/2.0/mlflow-artifacts/mpu/create/{artifact_path:path}", in_query: false, permission: "write" },
  create_presigned_upload_url: { verb: "POST", path: "api/2.0/mlflow/artifacts/presigned-upload-url", in_query: false, permission: "write" },
  create_registered_model: { verb: "POST", path: "api/2.0/mlflow/registered-models/create", in_query: false, permission: "write" },
  create_run: { verb: "POST", path: "api/2.0/mlflow/runs/create", in_query: false, permission: "write" },
  create_view: { verb: "POST", path: "api/1.0/headrace/views", in_query: false, permission: "write" },
  create_webhook: { verb: "POST", path: "api/2.0/mlflow/webhooks", in_query: false, permission: "admin" },
  delete_artifact: { verb: "DELETE", path: "api/1.0/headrace/artifacts/files", in_query: false, permission: "write" },
  delete_experiment: { verb: "POST", path: "api/2.0/mlflow/experiments/delete", in_query: false, permission: "write" },
  delete_experiment_tag: { verb: "POST", path: "api/2.0/mlflow/experiments/delete-experiment-tag", in_query: false, permission: "write" },
  delete_logged_model: { verb: "DELETE", path: "api/2.0/mlflow/logged-models/{model_id}", in_query: false, permission: "write" },
  delete_logged_model_tag: { verb: "DELETE", path: "api/2.0/mlflow/logged-models/{model_id}/tags/{tag_key}", in_query: false, permission: "write" },
  delete_model_version: { verb: "DELETE", path: "api/2.0/mlflow/model-versions/delete", in_query: false, permission: "write" },
  delete_model_version_tag: { verb: "DELETE", path: "api/2.0/mlflow/model-versions/delete-tag", in_query: false, permission: "write" },
  delete_proxied_artifact: { verb: "DELETE", path: "api/2.0/mlflow-artifacts/artifacts/{artifact_path:path}", in_query: false, permission: "write" },
  delete_registered_model: { verb: "DELETE", path: "api/2.0/mlflow/registered-models/delete", in_query: false, permission: "write" },
  delete_registered_model_alias: { verb: "DELETE", path: "api/2.0/mlflow/registered-models/alias", in_query: false, permission: "write" },
  delete_registered_model_tag: { verb: "DELETE", path: "api/2.0/mlflow/registered-models/delete-tag", in_query: false, permission: "write" },
  delete_registry_rule: { verb: "DELETE", path: "api/1.0/headrace/registry/rules", in_query: false, permission: "admin" },
  delete_run: { verb: "POST", path: "api/2.0/mlflow/runs/delete", in_query: false, permission: "write" },
  delete_runs: { verb: "POST", path: "api/1.0/headrace/runs/delete", in_query: false, permission: "write" },
  delete_tag: { verb: "POST", path: "api/2.0/mlflow/runs/delete-tag", in_query: false, permission: "write" },
  delete_view: { verb: "DELETE", path: "api/1.0/headrace/views/{view_id}", in_query: false, permission: "write" },
  delete_webhook: { verb: "DELETE", path: "api/2.0/mlflow/webhooks/{webhook_id}", in_query: false, permission: "admin" },
  finalize_logged_model: { verb: "PATCH", path: "api/2.0/mlflow/logged-models/{model_id}", in_query: false, permission: "write" },
  finish_upload: { verb: "POST", path: "api/1.0/headrace/artifacts/uploads/finish", in_query: false, permission: "write" },
  get_experiment: { verb: "GET", path: "api/2.0/mlflow/experiments/get", in_query: true, permission: "read" },
  get_experiment_by_name: { verb: "GET", path: "api/2.0/mlflow/experiments/get-by-name", in_query: true, permission: "read" },
  get_image_keys: { verb: "POST", path: "api/1.0/headrace/runs/image-keys", in_query: false, permission: "read" },
  get_latest_versions: { verb: "POST", path: "api/2.0/mlflow/registered-models/get-latest-versions", in_query: false, permission: "read" },
  get_lineage: { verb: "GET", path: "api/1.0/headrace/lineage/get", in_query: true, permission: "read" },
  get_logged_model: { verb: "GET", path: "api/2.0/mlflow/logged-models/{model_id}", in_query: true, permission: "read" },
  get_metric_history: { verb: "GET", path: "api/2.0/mlflow/metrics/get-history", in_query: true, permission: "read" },
  get_metric_history_bulk: { verb: "GET", path: "ajax-api/2.0/mlflow/metrics/get-history-bulk", in_query: true, permission: "read" },
  get_metric_history_bulk_interval: { verb: "GET", path: "api/2.0/mlflow/metrics/get-history-bulk-interval", in_query: true, permission: "read" },
  get_metric_series: { verb: "POST", path: "api/1.0/headrace/metrics/get-series", in_query: false, permission: "read" },
  get_model_version: { verb: "GET", path: "api/2.0/mlflow/model-versions/get", in_query: true, permission: "read" },
  get_model_version_by_alias: { verb: "GET", path: "api/2.0/mlflow/registered-models/alias", in_query: true, permission: "read" },
  get_model_version_content: { verb: "GET", path: "api/1.0/headrace/registry/content", in_query: true, permission: "read" },
  get_model_version_download_uri: { verb: "GET", path: "api/2.0/mlflow/model-versions/get-download-uri", in_query: true, permission: "read" },
  get_model_version_lineage: { verb: "GET", path: "api/1.0/headrace/registry/lineage", in_query: true, permission: "read" },
  get_presigned_download: { verb: "GET", path: "api/2.0/mlflow-artifacts/presigned/{artifact_path:path}", in_query: true, permission: "read" },
  get_presigned_download_url: { verb: "POST", path: "api/2.0/mlflow/artifacts/presigned-download-url", in_query: false, permission: "read" },
  get_registered_model: { verb: "GET", path: "api/2.0/mlflow/registered-models/get", in_query: true, permission: "read" },
  get_run: { verb: "GET", path: "api/2.0/mlflow/runs/get", in_query: true, permission: "read" },
  get_run_context: { verb: "GET", path: "api/1.0/headrace/runs/context", in_query: true, permission: "read" },
  get_run_contexts: { verb: "POST", path: "api/1.0/headrace/runs/contexts", in_query: false, permission: "read" },
  get_run_images: { verb: "POST", path: "api/1.0/headrace/runs/images", in_query: false, permission: "read" },
  get_run_keys: { verb: "POST", path: "api/1.0/headrace/runs/keys", in_query: false, permission: "read" },
  get_run_output: { verb: "GET", path: "api/1.0/headrace/runs/output", in_query: true, permission: "read" },
  get_run_values: { verb: "POST", path: "api/1.0/headrace/runs/values", in_query: false, permission: "read" },
  get_run_window: { verb: "POST", path: "api/1.0/headrace/runs/window", in_query: false, permission: "read" },
  get_view: { verb: "GET", path: "api/1.0/headrace/views/{view_id}", in_query: true, permission: "read" },
  get_webhook: { verb: "GET", path: "api/2.0/mlflow/webhooks/{webhook_id}", in_query: true, permission: "admin" },
  get_webhook_delivery: { verb: "GET", path: "api/1.0/headrace/webhooks/deliveries/{delivery_id}", in_query: true, permission: "admin" },
  heartbeat: { verb: "POST", path: "api/1.0/headrace/sessions/heartbeat", in_query: false, permission: "write" },
  list_artifacts: { verb: "GET", path: "api/2.0/mlflow/artifacts/list", in_query: true, permission: "read" },
  list_files: { verb: "GET", path: "api/1.0/headrace/artifacts/list", in_query: true, permission: "read" },
  list_logged_model_artifacts: { verb: "GET", path: "api/2.0/mlflow/logged-models/{model_id}/artifacts/directories", in_query: true, permission: "read" },
  list_operations: { verb: "GET", path: "api/1.0/headrace/operations", in_query: true, permission: "read" },
  list_proxied_artifacts: { verb: "GET", path: "api/2.0/mlflow-artifacts/artifacts", in_query: true, permission: "read" },
  list_registry_changes: { verb: "GET", path: "api/1.0/headrace/registry/history", in_query: true, permission: "read" },
  list_registry_rules: { verb: "GET", path: "api/1.0/headrace/registry/rules", in_query: true, permission: "read" },
  list_views: { verb: "GET", path: "api/1.0/headrace/views", in_query: true, permission: "read" },
  list_webhook_deliveries: { verb: "GET", path: "api/1.0/headrace/webhooks/deliveries", in_query: true, permission: "admin" },
  list_webhooks: { verb: "GET", path: "api/2.0/mlflow/webhooks", in_query: true, permission: "admin" },
  log_batch: { verb: "POST", path: "api/2.0/mlflow/runs/log-batch", in_query: false, permission: "write" },
  log_inputs: { verb: "POST", path: "api/2.0/mlflow/runs/log-inputs", in_query: false, permission: "write" },
  log_logged_model_params: { verb: "POST", path: "api/2.0/mlflow/logged-models/{model_id}/params", in_query: false, permission: "write" },
  log_metric: { verb: "POST", path: "api/2.0/mlflow/runs/log-metric", in_query: false, permission: "write" },
  log_model: { verb: "POST", path: "api/2.0/mlflow/runs/log-model", in_query: false, permission: "write" },
  log_outputs: { verb: "POST", path: "api/2.0/mlflow/runs/outputs", in_query: false, permission: "write" },
  log_param: { verb: "POST", path: "api/2.0/mlflow/runs/log-parameter", in_query: false, permission: "write" },
  move_runs: { verb: "POST", path: "api/1.0/headrace/runs/move", in_query: false, permission: "write" },
  redeliver_webhook: { verb: "POST", path: "api/1.0/headrace/webhooks/deliveries/{delivery_id}/redeliver", in_query: false, permission: "admin" },
  rename_registered_model: { verb: "POST", path: "api/2.0/mlflow/registered-models/rename", in_query: false, permission: "write" },
  restore_experiment: { verb: "POST", path: "api/2.0/mlflow/experiments/restore", in_query: false, permission: "write" },
  restore_run: { verb: "POST", path: "api/2.0/mlflow/runs/restore", in_query: false, permission: "write" },
  restore_runs: { verb: "POST", path: "api/1.0/headrace/runs/restore", in_query: false, permission: "write" },
  search_datasets: { verb: "POST", path: "api/2.0/mlflow/experiments/search-datasets", in_query: false, permission: "read" },
  search_experiments: { verb: "POST", path: "api/2.0/mlflow/experiments/search", in_query: false, permission: "read" },
  search_logged_models: { verb: "POST", path: "api/2.0/mlflow/logged-models/search", in_query: false, permission: "read" },
  search_model_versions: { verb: "GET", path: "api/2.0/mlflow/model-versions/search", in_query: true, permission: "read" },
  search_registered_models: { verb: "GET", path: "api/2.0/mlflow/registered-models/search", in_query: true, permission: "read" },
  search_run_columns: { verb: "POST", path: "api/1.0/headrace/runs/search-columns", in_query: false, permission: "read" },
  search_runs: { verb: "POST", path: "api/2.0/mlflow/runs/search", in_query: false, permission: "read" },
  server_info: { verb: "GET", path: "api/3.0/mlflow/server-info", in_query: true, permission: "public" },
  set_experiment_tag: { verb: "POST", path: "api/2.0/mlflow/experiments/set-experiment-tag", in_query: false, permission: "write" },
  set_logged_model_tags: { verb: "PATCH", path: "api/2.0/mlflow/logged-models/{model_id}/tags", in_query: false, permission: "write" },
  set_model_version_tag: { verb: "POST", path: "api/2.0/mlflow/model-versions/set-tag", in_query: false, permission: "write" },
  set_registered_model_alias: { verb: "POST", path: "api/2.0/mlflow/registered-models/alias", in_query: false, permission: "write" },
  set_registered_model_tag: { verb: "POST", path: "api/2.0/mlflow/registered-models/set-tag", in_query: false, permission: "write" },
  set_tag: { verb: "POST", path: "api/2.0/mlflow/runs/set-tag", in_query: false, permission: "write" },
  sign_in: { verb: "POST", path: "api/1.0/headrace/session", in_query: false, permission: "read" },
  sign_out: { verb: "DELETE", path: "api/1.0/headrace/session", in_query: false, permission: "public" },
  tag_runs: { verb: "POST", path: "api/1.0/headrace/runs/tag", in_query: false, permission: "write" },
  test_webhook: { verb: "POST", path: "api/2.0/mlflow/webhooks/{webhook_id}/test", in_query: false, permission: "admin" },
  transition_model_version_stage: { verb: "POST", path: "api/2.0/mlflow/model-versions/transition-stage", in_query: false, permission: "write" },
  undo_operation: { verb: "POST", path: "api/1.0/headrace/operations/undo", in_query: false, permission: "write" },
  update_experiment: { verb: "POST", path: "api/2.0/mlflow/experiments/update", in_query: false, permission: "write" },
  update_model_version: { verb: "PATCH", path: "api/2.0/mlflow/model-versions/update", in_query: false, permission: "write" },
  update_registered_model: { verb: "PATCH", path: "api/2.0/mlflow/registered-models/update", in_query: false, permission: "write" },
  update_run: { verb: "POST", path: "api/2.0/mlflow/runs/update", in_query: false, permission: "write" },
  update_view: { verb: "PATCH", path: "api/1.0/headrace/views/{view_id}", in_query: false, permission: "write" },
  update_webhook: { verb: "PATCH", path: "api/2.0/mlflow/webhooks/{webhook_id}", in_query: false, permission: "admin" },
  verify_artifacts: { verb: "POST", path: "api/1.0/headrace/artifacts/verify", in_query: false, permission: "read" },
  whoami: { verb: "GET", path: "api/1.0/headrace/whoami", in_query: true, permission: "read" },
};

/** Every call that sends or takes content. */
export interface Transfers {
  get_artifact: { request: GetArtifact; response: Blob };
  get_bundle: { request: GetBundle; response: Blob };
  get_logged_model_artifact: { request: GetLoggedModelArtifact; response: Blob };
  get_model_version_artifact: { request: GetModelVersionArtifact; response: Blob };
  get_proxied_artifact: { request: GetProxiedArtifact; response: Blob };
  put_artifact: { request: PutArtifact; response: Empty };
  put_bundle: { request: PutBundle; response: BundleStored };
  put_part: { request: PutPart; response: Empty };
  put_proxied_artifact: { request: PutProxiedArtifact; response: Empty };
  upload_artifact: { request: UploadArtifact; response: Blob };
  view_artifact: { request: ViewArtifact; response: Blob };
}

/** Where each of them is. */
export const transfers: { readonly [name in keyof Transfers]: Row } = {
  get_artifact: { verb: "GET", path: "get-artifact", in_query: true, permission: "read" },
  get_bundle: { verb: "POST", path: "api/1.0/headrace/artifacts/bundles/get", in_query: false, permission: "read" },
  get_logged_model_artifact: { verb: "GET", path: "ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files", in_query: true, permission: "read" },
  get_model_version_artifact: { verb: "GET", path: "model-versions/get-artifact", in_query: true, permission: "read" },
  get_proxied_artifact: { verb: "GET", path: "api/2.0/mlflow-artifacts/artifacts/{artifact_path:path}", in_query: true, permission: "read" },
  put_artifact: { verb: "PUT", path: "api/1.0/headrace/artifacts/files", in_query: true, permission: "write" },
  put_bundle: { verb: "PUT", path: "api/1.0/headrace/artifacts/bundles", in_query: true, permission: "write" },
  put_part: { verb: "PUT", path: "api/1.0/headrace/artifacts/uploads/parts", in_query: true, permission: "write" },
  put_proxied_artifact: { verb: "PUT", path: "api/2.0/mlflow-artifacts/artifacts/{artifact_path:path}", in_query: true, permission: "write" },
  upload_artifact: { verb: "POST", path: "ajax-api/2.0/mlflow/upload-artifact", in_query: true, permission: "write" },
  view_artifact: { verb: "GET", path: "api/1.0/headrace/artifacts/view", in_query: true, permission: "read" },
};
