import { REASONS } from './reasons-zh.ts';

/** Sentences of errors and their Chinese, `{}` for what varies; a `{}` that is itself a known reason is translated too. */
const SENTENCES = `
{} is not there ({}) => {0} 不存在（{1}），请检查地址
{} could not be reached => 无法连接 {0}，请检查网络与地址
{} could not be reached. => 无法连接 {0}，请检查网络与地址
Of {} bytes {} to {} were asked for, and {} from {} on came => {0} 只返回了部分数据：请求字节 {1} 至 {2}，自 {4} 起收到 {3} 个；会再次请求
{} did not answer in time => {0} 未在规定时间内应答，稍后会重试
{} answered {}. => {0} 返回了 {1}
The server answered {} for {} => 服务器对 {1} 返回了 {0}
The server refused {} ({}){} => 服务器拒绝了 {0}（{1}），请检查访问权限
No answer within {} s => {0} 秒内没有应答
{} redirects more than five times => {0} 的重定向超过五次
{} redirects to another origin, where it was not followed => {0} 重定向到了其他来源，已停止
{} redirects, and a browser does not show where to; give the final address, or list the origins it may lead to => {0} 发生重定向且浏览器不显示去向；请直接填写最终地址，或列出允许的来源
{} was not fetched: {} => 没有获取 {0}：{1}
'{}' is not an absolute URL => “{0}”不是完整的网址
{} has {} MB; at most {} MB are taken => {0} 有 {1} MB，最多接受 {2} MB
A junctions layer needs the URL of a file of junctions. => 信号路口图层需要路口文件的地址
This junctions layer has no feed, so there is nothing to record. => 信号路口图层没有数据流，无可录制
A parking layer needs the URL of a file of stands, or of a GBFS station_information.json. => 停车图层需要停车场文件或 GBFS station_information.json 的地址
This parking layer has no feed, so there is nothing to record. => 停车图层没有数据流，无可录制
A transit layer needs the URL of a GTFS feed (a zip). => 公共交通图层需要 GTFS 数据（zip）的地址
This transit layer has no feed, so there is nothing to record. => 公共交通图层没有数据流，无可录制
{} is no file of junctions: it has no list “junctions”. Its form is told in docs/junctions-and-transit.md. => {0} 不是路口文件：没有 “junctions” 列表，格式见 docs/junctions-and-transit.md
{} is neither a file of stands (a list “stands”) nor a GBFS station_information.json (data.stations). => {0} 既不是停车场文件（“stands” 列表），也不是 GBFS station_information.json（data.stations）
{} cannot be read as a ZIP archive: {}. => 无法将 {0} 作为 ZIP 读取：{1}
{} is no GTFS feed that can be shown: it has no {}. A feed needs stops.txt, routes.txt, trips.txt, stop_times.txt, and calendar.txt or calendar_dates.txt, at the top of the archive. => {0} 不是可显示的 GTFS：缺少 {1}；需要 stops.txt、routes.txt、trips.txt、stop_times.txt，以及 calendar.txt 或 calendar_dates.txt
{} is a JSON of {} MB; at most {} MB are taken => {0} 是 {1} MB 的 JSON，最多接受 {2} MB
{} unpacks to more than {} MB => {0} 解压后超过 {1} MB
{} is empty => {0} 是空文件
{} is not valid JSON: {} => {0} 不是有效的 JSON（{1}）
{} is not JSON ({}). Check the address and the file. => {0} 不是 JSON（{1}），请检查地址和文件
{} nests {} levels deep; at most {} are taken => {0} 嵌套 {1} 层，最多接受 {2} 层
{}: got HTML, likely a login page or an error page, where data was expected => {0} 返回的是网页（可能是登录页或错误页），而不是数据
The tileset {} is a circle: it is the same as {}, which contains it => 瓦片集 {0} 形成循环：它与包含它的 {1} 相同
The tileset {} cannot be used: {} => 无法使用瓦片集 {0}：{1}
{} cannot be used: {} => 无法使用 {0}：{1}
The tileset cannot be read: {} ({}) => 无法读取瓦片集 {0}（{1}）
The tileset cannot be drawn and is left out: {} ({}) => 瓦片集 {0} 无法绘制，已略过（{1}）
The tileset has no usable bounding volume: {} => 瓦片集 {0} 没有可用的包围体
The tileset's root has no usable bounding volume: {} => 瓦片集 {0} 的根没有可用的包围体
The tileset is not JSON: {} => 瓦片集 {0} 不是 JSON
A tile cannot be read: {} ({}) => 无法读取瓦片 {0}（{1}）
A terrain tile cannot be had: {} => 无法取得地形瓦片：{0}
The tiles in view need more graphics memory than the twin may use: some are left out. Raise the budget or go closer. => 视野内的瓦片超出显存预算，部分未显示；请提高预算或拉近视角
The scene document is wrong at {}: {}. Nothing was changed. => 场景文档在 {0} 处有误（{1}），未作任何更改
A patch must not touch {}. Nothing was changed. => 更改不得涉及 {0}，未作任何更改
The change at {} does not fit the document ({}). Nothing was changed. => 对 {0} 的更改不适用于文档（{1}），未作任何更改
The scene in this link is larger than 4 MB and was not opened. => 链接中的场景超过 4 MB，未打开
The scene in this link is damaged or cut off; the link was not opened. => 链接中的场景已损坏或不完整，未打开
The scene document could not be read ({}). Check the address. => 无法读取场景文档（{0}），请检查地址
The scene document {} could not be read ({}). Check the address. => 无法读取场景文档 {0}（{1}），请检查地址
The scene “{}” could not be read ({}). Check the address. => 无法读取场景“{0}”（{1}），请检查地址
The city’s catalogue {} could not be read ({}). => 无法读取城市目录 {0}（{1}）
There is no layer type “{}”; known are {}. => 没有类型为“{0}”的图层；已有：{1}
There is no layer type “{}”; the layer “{}” is kept and not shown. => 没有类型为“{0}”的图层；图层“{1}”已保留但不显示
There is no layer “{}”. => 没有图层“{0}”
The layer “{}” has no feed, so there is nothing to record. => 图层“{0}”没有数据流，无可录制
The layer “{}” has no feed, so nothing was refused. => 图层“{0}”没有数据流，没有拒收的消息
No credentials could be had for {}: {} => 无法取得 {0} 的凭据：{1}
{} refused the connection ({}); its credentials are missing or no longer valid. => {0} 拒绝连接（{1}），凭据缺失或已失效
This traffic layer has no feed, so there is nothing to record. => 该交通图层没有数据流，无可录制
This fleet layer has no feed yet, so there is nothing to record. => 该车队图层尚无数据流，无可录制
This sensor layer has no feed, so there is nothing to record. => 该传感器图层没有数据流，无可录制
There is no backend “{}”; known are {}. => 没有视图“{0}”；已有：{1}
This browser gives no WebGL 2, so there is no picture. Lists, analyses and live feeds work. Turn on hardware acceleration, or use a current browser. => 浏览器不支持 WebGL 2，无法显示画面；列表、分析和实时数据仍可使用。请打开硬件加速或换用新版浏览器
This browser gives no WebGL 2 context: three.js cannot draw. Turn on hardware acceleration or use a current browser. => 浏览器不支持 WebGL 2，无法绘制；请打开硬件加速或换用新版浏览器
The globe view needs WebGL 2, which this browser or graphics card does not offer; lists, feeds and analyses work without it => 地球视图需要 WebGL 2，当前浏览器或显卡不支持；列表、数据流和分析仍可使用
This graphics card cannot draw into float textures (EXT_color_buffer_float), which moving symbols need => 显卡不支持浮点纹理（EXT_color_buffer_float），无法绘制移动符号
The globe view is disposed => 视图已关闭
This view was disposed; nothing can be drawn in it any more. => 视图已关闭，不能再绘制
The graphics context was lost again and again; the view has stopped. Feeds and analyses go on. Reload the page, or switch to the other view. => 图形上下文反复丢失，视图已停止；数据流和分析继续。请刷新页面或切换视图
The globe could not draw and is built again: {} => 地球视图绘制出错，正在重建（{0}）
Cesium's workers are not at {}. {} => 在 {0} 找不到 Cesium 的工作文件（{1}）
A twin needs a place: give \`at: [lon, lat]\` in degrees, or a scene document. => 需要指定位置：以度给出 at: [lon, lat]，或给出场景文档
{} is no city catalogue: {}. Give the city.json that "citymirror tiles build" wrote. => {0} 不是城市目录（{1}）；请提供 citymirror tiles build 生成的 city.json
{} is no networks companion: {}. Build the city again. => {0} 不是管网数据（{1}），请重新构建城市
networks.bin is cut short: the column “{}” ends at byte {}, {} are there. Build the city again. => networks.bin 不完整：列“{0}”应到第 {1} 字节，实有 {2}；请重新构建城市
There are no buildings in the data. Build the city again with footprints among the inputs, or take this layer away. => 数据中没有建筑；请加入建筑轮廓重新构建，或移除该图层
There is no building model in the data. Build the city again with an .ifc among the inputs, or take this layer away. => 数据中没有建筑模型；请加入 .ifc 重新构建，或移除该图层
There are no points in the data. Build the city again with a .las or .laz among the inputs, or take this layer away. => 数据中没有点云；请加入 .las 或 .laz 重新构建，或移除该图层
There are no utility networks in the data. Build the city again with an .inp file or pipes among the inputs, or take this layer away. => 数据中没有管网；请加入 .inp 或管线数据重新构建，或移除该图层
There are no places in the data. Build the city again with a file of points among the inputs, or take this layer away. => 数据中没有地点；请加入点数据重新构建，或移除该图层
There are no places in the data, so there are no stations. Build the city again with a file of points of the kinds air-station, water-station or noise-station, or take this layer away. => 数据中没有站点；请加入空气、水质或噪声站点重新构建，或移除该图层
The properties of this element cannot be read. => 无法读取该构件的属性
A layer of type {} needs the URL of a city.json{}. => 类型为 {0} 的图层需要 city.json 的地址
A ground layer needs the URL of a city.json. => 地面图层需要 city.json 的地址
A fleet layer needs the URL of a city.json, for roads and ground, and a feed of its vehicles. => 车队图层需要 city.json 的地址（用于道路与地面）和车辆数据流
The congestion method's {}. See docs/traffic.md for what belongs there. => 拥堵评价方法有误（{0}），参见 docs/traffic.md
The fleet's rules, {}: {}. => 车队规则 {0} 有误：{1}
A traffic layer needs the URL of a city.json, for the roads. => 交通图层需要 city.json 的地址（用于道路）
Stations of a sensor layer are a list of { id, name, kind, lon, lat }. => 传感器图层的 stations 应为 { id, name, kind, lon, lat } 的列表
Station {} ({}) needs an id, lon, lat and a kind that is known: {}. => 第 {0} 个站点（{1}）需要 id、lon、lat 和已知的类别：{2}
Alert rules are a list of {} => 报警规则应为列表：{0}
The alert rule {} is there twice. => 报警规则 {0} 重复
The alert rule {} clears at {}, which is beyond its limit {}: it could never be cleared. => 报警规则 {0} 的解除值 {1} 超出其限值 {2}，将无法解除
The alert rule {} needs {} => 报警规则 {0} 缺少：{1}
The alert rule {} => 报警规则有误：{0}
A surface needs readings of at least {} stations; {} have one now. => 插值成面至少需要 {0} 站的读数，现有 {1} 站
All stations with a reading stand on one line, so nothing can be said beside it; add a station off the line. => 有读数的站点都在一条直线上，线外无从插值；请增加线外的站点
Interpolation by distance has no error surface; choose kriging. => 反距离加权没有误差面，请改用克里金
The kind “{}” {} => 站点类别“{0}”有误：{1}
Item {} of the kind “{}” {} => 站点类别“{1}”的第 {0} 项有误：{2}
A sensor layer needs the URL of a city.json, for the places of its stations. => 传感器图层需要 city.json 的地址（用于站点位置）
A places layer needs the URL of a city.json or of a GeoJSON file of points. => 地名图层需要 city.json 或点 GeoJSON 的地址
A pipeline layer needs the URL of a city.json or of a networks.json. => 管网图层需要 city.json 或 networks.json 的地址
An imagery layer needs an address: a template with {z}, {x} and {y}, or a WMTS. => 影像图层需要地址：含 {z}、{x}、{y} 的模板，或 WMTS
This view shows no pictures on the ground. => 该视图不能显示地面影像
{} answers with something that is no picture. Check the address and its key.{} => {0} 返回的不是图片，请检查地址和密钥
{} answers with something that is no WMTS capabilities. Give a template with {z}, {x} and {y}, or the address of a WMTS (…?SERVICE=WMTS&REQUEST=GetCapabilities). => {0} 返回的不是 WMTS 能力文档；请提供含 {z}、{x}、{y} 的模板或 WMTS 地址
{} has none of the first {} tiles asked for. Check the address, its levels and its bounds. => {0} 没有前 {1} 个所请求的瓦片，请检查地址、级别和范围
The address {} lacks {}: a tile template needs {z}, {x} and {y}. => 地址 {0} 缺少 {1}；瓦片模板需要 {z}、{x} 和 {y}
The address {} has {{}}, which nothing fills; put its value into the address (known are {z}, {x}, {y}, {-y}, {s}, {TileMatrix}, {TileCol}, {TileRow}). => 地址 {0} 中的 {{1}} 无人填写，请把其值写入地址（可用 {z}、{x}、{y}、{-y}、{s}、{TileMatrix}、{TileCol}、{TileRow}）
天地图 needs a key: add ?tk=… to {}. => 天地图需要密钥：请在 {0} 后加上 ?tk=…
{} has no points; {} other features were found. Lines and areas belong in a sketch or a city folder. => {0} 中没有点，只有 {1} 个其他要素；线和面请作为草图或城市数据添加
{} is no GeoJSON feature collection. Give a city.json or a GeoJSON file of points. => {0} 不是 GeoJSON 要素集合；请提供 city.json 或点 GeoJSON
options.incidents must be a list of incidents; none is shown. => options.incidents 必须是事故列表，未显示任何事故
Incident {} is left out: {}. => 第 {0} 个事故已略过：{1}
options.features must be a list of GeoJSON features; none is shown. => options.features 必须是 GeoJSON 要素列表，未显示任何要素
Feature {} is left out: its geometry is no GeoJSON in degrees. => 第 {0} 个要素已略过：其几何不是以度为单位的 GeoJSON
{} is not the address of a WebSocket. => {0} 不是 WebSocket 地址
The connection to {} ended. => 与 {0} 的连接已断开，正在重连
The broker refuses the topic {}. => 消息服务器拒绝主题 {0}，请检查权限
The MQTT client could not be loaded. => 无法载入 MQTT 客户端，请刷新页面
There is no transport “{}”. => 没有传输方式“{0}”
{} did not answer in time. => {0} 未在规定时间内应答，稍后会重试
{} sends more than {} MB at once. => {0} 一次发来超过 {1} MB 的数据
{} refuses the request ({}): it wants an account or a key. => {0} 拒绝请求（{1}），需要账号或密钥
{} is not there ({}). Check the address. => {0} 不存在（{1}），请检查地址
{} is asked too often (429); it is asked again in {} s. => {0} 提示请求过于频繁（429），{1} 秒后重试
{} is asked too often (429). => {0} 提示请求过于频繁（429），稍后重试
{} answered a web page instead of data; it may want a login. => {0} 返回的是网页而不是数据，可能需要登录
{} answered {} instead of an event stream. => {0} 返回的是 {1}，而不是事件流
{} has ended this stream (204). => {0} 已结束该事件流（204）
{} is no list of GBFS files: {} => {0} 不是 GBFS 文件清单（{1}）
{} lists no {}; is it a gbfs.json? => {0} 中没有列出 {1}；它是 gbfs.json 吗？
{} did not answer with a page of SensorThings: {} => {0} 返回的不是 SensorThings 分页（{1}）
The broker at {} ended the connection: {}. => 消息服务器 {0} 断开了连接（{1}）
The feed's own module {} could not be loaded. => 无法载入数据流模块 {0}
There is nothing to record of a feed with transport “{}”. => 传输方式为“{0}”的数据流无可录制
{} has no column “{}”; name it in the feed's past.columns.{}. => {0} 没有列“{1}”，请在数据流的 past.columns.{2} 中指明列名
{} is no list of observations of a SensorThings service. => {0} 不是 SensorThings 服务的观测列表
{} has more than {} observations in the window; the rest of it is not shown. => {0} 在此时段内的观测超过 {1} 条，其余未显示
{} answered with {} bytes where {} were asked for. => {0} 返回了 {1} 字节，而请求的是 {2} 字节
The file {} cannot be read as Parquet ({}). => 无法按 Parquet 读取文件 {0}（{1}）
Older data could not be loaded: {} => 无法载入更早的数据：{0}
These bytes are not a recording of a feed. => 这些字节不是数据流录制文件
{} says {} × {} heights; its .bin has {}. => {0} 声明 {1} × {2} 个高程，.bin 中有 {3} 个
The analysis '{}' did not finish within {} s and was given up => 分析“{0}”在 {1} 秒内未完成，已放弃
The analysis '{}' did not stop when told to => 分析“{0}”未按要求停止，已被替换
{} analyses are waiting already; try again when some are done => 已有 {0} 个分析在等待，请稍后再试
This input of the analysis '{}' ended {} workers and is not tried again => 分析“{0}”的这个输入已使 {1} 个后台线程结束，不再重试
The worker could not be made: {} => 无法启动后台线程（{0}）
The feed worker could not be made: {} => 无法启动数据流后台线程（{0}）
The feed worker ended by itself and was replaced. => 数据流后台线程意外结束，已替换
The feed worker is being replaced. => 正在替换数据流后台线程
`;

type Pattern = readonly [english: RegExp, chinese: string];

function patternsOf(table: string): Pattern[] {
  return table.trim().split('\n').map((line) => {
    const [english, chinese] = line.split(' => ');
    const source = english.split('{}').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)).join('([\\s\\S]*?)');
    return [new RegExp(`^${source}$`, 'u'), chinese] as const;
  });
}

/** Says errors in Chinese. Made once a page; knows the sentences that a page can meet. */
export class ChineseErrors {
  readonly #sentences = patternsOf(SENTENCES);
  readonly #reasons = patternsOf(REASONS);

  /** The Chinese of an error's message; null for a sentence that is not known. */
  say(message: string): string | null {
    return this.#from(this.#sentences, message) ?? this.reason(message);
  }

  /** The Chinese of a reason; null for one that is not known. */
  reason(reason: string): string | null {
    return this.#from(this.#reasons, reason);
  }

  #from(patterns: readonly Pattern[], text: string): string | null {
    const tries = /^(.*) \((\d+) tries\)$/su.exec(text);
    if (tries) {
      const inner = this.#from(patterns, tries[1]);
      return inner && `${inner}（试了 ${tries[2]} 次）`;
    }
    for (const [english, chinese] of patterns) {
      const found = english.exec(text);
      if (found) return chinese.replaceAll(/\{(\d)\}/gu, (_all, place: string) => { const part = found[Number(place) + 1] ?? ''; return this.reason(part) ?? part; });
    }
    return null;
  }
}
