declare module 'draco3dgltf' {
  interface DracoMesh { readonly mesh: unique symbol }
  interface DracoArray { GetValue(index: number): number }
  interface MeshBuilder {
    AddFacesToMesh(mesh: DracoMesh, faces: number, indices: Uint32Array): boolean;
    AddInt8Attribute(mesh: DracoMesh, kind: number, count: number, width: number, values: Int8Array): number;
    AddUInt8Attribute(mesh: DracoMesh, kind: number, count: number, width: number, values: Uint8Array): number;
    AddUInt16Attribute(mesh: DracoMesh, kind: number, count: number, width: number, values: Uint16Array): number;
    AddFloatAttribute(mesh: DracoMesh, kind: number, count: number, width: number, values: Float32Array): number;
  }
  interface ExpertEncoder {
    SetSpeedOptions(encoding: number, decoding: number): void;
    SetTrackEncodedProperties(track: boolean): void;
    SetEncodingMethod(method: number): void;
    EncodeToDracoBuffer(deduplicate: boolean, out: DracoArray): number;
    GetNumberOfEncodedPoints(): number;
    GetNumberOfEncodedFaces(): number;
  }
  export interface EncoderModule {
    readonly POSITION: number;
    readonly NORMAL: number;
    readonly COLOR: number;
    readonly TEX_COORD: number;
    readonly GENERIC: number;
    readonly MESH_EDGEBREAKER_ENCODING: number;
    readonly MESH_SEQUENTIAL_ENCODING: number;
    MeshBuilder: new () => MeshBuilder;
    Mesh: new () => DracoMesh;
    ExpertEncoder: new (mesh: DracoMesh) => ExpertEncoder;
    DracoInt8Array: new () => DracoArray;
    destroy(each: object): void;
  }
  interface DracoAttribute { readonly attribute: unique symbol }
  interface DracoValues { size(): number; GetValue(index: number): number }
  interface Decoder {
    DecodeBufferToMesh(buffer: DracoBuffer, mesh: DecodedMesh): { ok(): boolean; error_msg(): string };
    GetAttributeByUniqueId(mesh: DecodedMesh, id: number): DracoAttribute;
    GetTrianglesUInt32Array(mesh: DecodedMesh, bytes: number, pointer: number): boolean;
    GetAttributeDataArrayForAllPoints(mesh: DecodedMesh, attribute: DracoAttribute, type: number, bytes: number, pointer: number): boolean;
  }
  interface DracoBuffer { Init(bytes: Int8Array, length: number): void }
  interface DecodedMesh { num_points(): number; num_faces(): number }
  export interface DecoderModule {
    readonly DT_INT8: number;
    readonly DT_UINT8: number;
    readonly DT_INT16: number;
    readonly DT_UINT16: number;
    readonly DT_UINT32: number;
    readonly DT_FLOAT32: number;
    readonly HEAPU8: Uint8Array;
    Decoder: new () => Decoder;
    DecoderBuffer: new () => DracoBuffer;
    Mesh: new () => DecodedMesh;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    destroy(each: object): void;
  }
  const draco: { createEncoderModule(options: object): Promise<EncoderModule>; createDecoderModule(options: object): Promise<DecoderModule> };
  export default draco;
}
