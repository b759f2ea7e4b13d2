// What Grafana's configuration may hold. A dashboard's shape is Grafana's published schema, with
// what that leaves open spelt out: the queries, and what the two kinds of panel take. For the
// provisioning files nothing is published; theirs is what its documentation names.
import type * as schema from "@grafana/schema";
import type * as table from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type * as timeseries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

// As JSON has it: where the schema wants a member of an enumeration, its value will do.
type Json<T> = unknown extends T
  ? T
  : T extends string
    ? `${T}`
    : T extends (infer Item)[]
      ? Json<Item>[]
      : T extends object
        ? { [Key in keyof T]: Json<T[Key]> }
        : T;

type Source<Type extends string> = schema.DataSourceRef & { type: Type; uid: string };
type Query<Type extends string> = { refId: string; datasource: Source<Type> };
type InfluxQuery = Query<"influxdb"> & {
  query: string;
  rawQuery: true;
  resultFormat: "time_series" | "table";
  alias?: string;
};
type PrometheusQuery = Query<"prometheus"> & { expr: string } & (
    { range: true; legendFormat: string } | { instant: true; format: "table" }
  );

type Transformation =
  | { id: "merge"; options: Record<string, never> }
  | {
      id: "organize";
      options: {
        renameByName?: Record<string, string>;
        excludeByName?: Record<string, boolean>;
        indexByName?: Record<string, number>;
      };
    };

type Field<Custom> = Omit<schema.FieldConfig, "custom"> & { custom?: Partial<Custom> };
type Panel<Type extends string, Options, Custom> = Omit<
  schema.Panel,
  "type" | "datasource" | "targets" | "transformations" | "fieldConfig" | "options"
> & {
  type: Type;
  datasource: Source<string>;
  targets: (InfluxQuery | PrometheusQuery)[];
  transformations?: Transformation[];
  options: Options;
  fieldConfig: {
    defaults: Field<Custom>;
    overrides: {
      matcher: { id: "byName"; options: string };
      properties: {
        id: keyof Omit<schema.FieldConfig, "custom"> | `custom.${keyof Custom & string}`;
        value: unknown;
      }[];
    }[];
  };
};

// What a kind of data source takes of an annotation beside the schema's own.
type Annotation = Omit<schema.AnnotationQuery, "datasource"> &
  (
    | { datasource: Source<"influxdb">; query: string; textColumn: string; tagsColumn: string }
    | {
        datasource: Source<"prometheus">;
        expr: string;
        step: string;
        titleFormat: string;
        textFormat: string;
        tagKeys: string;
      }
  );

export type Dashboard = Json<
  Omit<schema.Dashboard, "panels" | "annotations"> & {
    annotations?: { list: Annotation[] };
    panels: (
      Panel<"timeseries", timeseries.Options, timeseries.FieldConfig> | Panel<"table", table.Options, table.FieldConfig>
    )[];
  }
>;

type DataSource = {
  name: string;
  uid: string;
  access: "proxy";
  url: string;
  isDefault: boolean;
  editable: boolean;
  user?: string;
  database?: string;
} & (
  | {
      type: "influxdb";
      jsonData: { dbName: string; version: "InfluxQL"; httpMode: "GET" | "POST"; timeInterval?: string };
      secureJsonData: { password: string };
    }
  | { type: "prometheus"; jsonData: { httpMode: "GET" | "POST"; timeInterval?: string } }
);
export type DataSources = { apiVersion: 1; prune?: boolean; datasources: DataSource[] };

export type DashboardProviders = {
  apiVersion: 1;
  providers: {
    name: string;
    orgId: number;
    type: "file";
    folder?: string;
    folderUid?: string;
    disableDeletion?: boolean;
    allowUiUpdates?: boolean;
    updateIntervalSeconds?: number;
    options: { path: string; foldersFromFilesStructure?: boolean };
  }[];
};
