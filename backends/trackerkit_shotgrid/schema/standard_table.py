"""The entity types and fields that every ShotGrid site has, as data.

A type is ``(label, display field, belongs to a project, fields)``. A field is ``name:data_type``, then ``!`` mandatory or
``~`` read only, ``>Type,Type`` what it may link to (``>`` alone: anything), ``<Type.field`` the link that it mirrors,
``|value,value`` its list, ``=default``, and ``"Label"`` where its name does not say what people see. In lists and labels ``_``
stands for a space, and ``@name`` for a group of types.
"""

from __future__ import annotations

from typing import Final

GROUPS: Final = {
    "people": "HumanUser,Group",
    "users": "HumanUser,ApiUser",
    "folders": "Asset,Shot,Sequence,Scene,Episode",
    "work": "Asset,Shot,Sequence,Scene,Episode,Project,Element,Phase,Delivery,Release,Ticket,@custom",
    "noted": "Project,@folders,Task,Version,PublishedFile,Playlist,Element,AssetLibrary,Booking,Camera,Cut,CutItem,Delivery,"
    "Department,Group,Launch,MocapTake,MocapTakeRange,Performer,Phase,PhysicalAsset,Release,Revision,Routine,ShootDay,Slate,"
    "TaskTemplate,Ticket,Blendshape,MocapPass,MocapSetup,@custom,@global",
    "custom": ",".join(f"CustomEntity{number:02}" for number in range(1, 51)),
    "global": ",".join(f"CustomNonProjectEntity{number:02}" for number in range(1, 31)),
}
"""What ``@name`` stands for."""

_PICTURES: Final = "image:image filmstrip_image:image"
_TAGS: Final = "tags:multi_entity>Tag tag_list:tag_list"
_CC: Final = 'addressings_cc:multi_entity>@people"Cc"'
_NOTES: Final = "notes:multi_entity<Note.note_links"
_TASKS: Final = 'task_template:entity>TaskTemplate tasks:multi_entity<Task.entity step_0:pivot_column~"ALL_TASKS"'
_MEDIA: Final = "sg_versions:multi_entity<Version.entity sg_published_files:multi_entity<PublishedFile.entity"
_THING: Final = f"{_PICTURES} {_TAGS} {_CC} {_NOTES} description:text"
_WORK: Final = f"{_THING} {_TASKS} {_MEDIA}"
_CUT: Final = (
    'cut_in:number"Raw_Cut_In" cut_out:number"Raw_Cut_Out" cut_duration:number"Raw_Cut_Duration" head_in:number"Raw_Head_In" '
    'head_out:number"Raw_Head_Out" head_duration:number"Raw_Head_Duration" tail_in:number"Raw_Tail_In" '
    'tail_out:number"Raw_Tail_Out" tail_duration:number"Raw_Tail_Duration" smart_cut_in:number"Cut_In" '
    'smart_cut_out:number"Cut_Out" smart_cut_duration:number"Cut_Duration" smart_head_in:number"Head_In" '
    'smart_head_out:number"Head_Out" smart_head_duration:number"Head_Duration" smart_tail_in:number"Tail_In" '
    'smart_tail_out:number"Tail_Out" smart_tail_duration:number"Tail_Duration" smart_working_duration:number~"Working_Duration" '
    'smart_cut_summary_display:text~"Cut_Summary" smart_duration_summary_display:text~"Duration_Summary"'
)
_PATHS: Final = "linux_path:text mac_path:text windows_path:text"
_DELIVERED: Final = 'sg_status_list:status_list|wtg,ip,cmpt=wtg"Status"'
_PLAIN: Final = 'sg_status_list:status_list|wtg,ip,fin=wtg"Status"'

TYPES: Final[dict[str, tuple[str, str, bool, str]]] = {
    # --- the show ---
    "Project": ("Project", "name", False, f'name:text!"Project_Name" {_PICTURES} {_TAGS} {_TASKS} code:text tank_name:text '
        'archived:checkbox=False is_template:checkbox=False is_demo:checkbox~=False sg_status:list|Bidding,Active,Lost,Hold '
        'sg_type:list|Short_Film,Feature_Film,Commercial,Episodic,Effects,Game_Cinematic,Other sg_description:text '
        'start_date:date end_date:date duration:number~ billboard:url color:color phases:multi_entity<Phase.project '
        'users:multi_entity>HumanUser layout_project:entity>Project"Layout_Template" current_user_favorite:checkbox"Favorite" '
        'last_accessed_by_current_user:date_time"Last_Accessed"'),
    "Episode": ("Episode", "code", True, f'code:text!"Episode_Name" {_WORK} sg_status_list:status_list|fin,ip,omt,hld=ip"Status" '
        'sg_episode_type:list"Type" sequences:multi_entity<Sequence.episode assets:multi_entity>Asset cuts:multi_entity<Cut.entity'),
    "Scene": ("Scene", "code", True, f'code:text!"Scene_Code" {_WORK} sg_status_list:status_list|act,cbb,cmpt,omt,hld=act"Status" '
        'sg_scene_type:list"Type" shots:multi_entity<Shot.sg_scene assets:multi_entity>Asset shoot_days:multi_entity<ShootDay.scenes'),
    "Sequence": ("Sequence", "code", True, f'code:text!"Sequence_Name" {_WORK} sg_status_list:status_list|fin,ip,omt,hld=ip"Status" '
        'sg_sequence_type:list"Type" sg_scene:entity>Scene episode:entity>Episode shots:multi_entity<Shot.sg_sequence '
        'assets:multi_entity>Asset cuts:multi_entity<Cut.entity'),
    "Shot": ("Shot", "code", True, f'code:text!"Shot_Code" {_WORK} sg_status_list:status_list|wtg,rdy,ip,fin,cbb,omt,hld=wtg"Status" '
        'sg_sequence:entity>Sequence sg_scene:entity>Scene episode:entity>Episode sg_shot_type:list"Type" assets:multi_entity>Asset '
        'shots:multi_entity>Shot"Sub_Shots" parent_shots:multi_entity<Shot.shots elements:multi_entity>Element sg_cut_in:number '
        'sg_cut_out:number sg_cut_duration:number sg_cut_order:number sg_head_in:number sg_tail_out:number '
        f'sg_working_duration:number cut_items:multi_entity<CutItem.shot sg_turnover:url {_CUT}'),
    "Asset": ("Asset", "code", True, f'code:text!"Asset_Name" {_WORK} sg_status_list:status_list|wtg,rdy,ip,fin,omt,hld=wtg"Status" '
        'sg_asset_type:list|Character,Vehicle,Prop,Environment,Matte_Painting,FX"Type" assets:multi_entity>Asset"Sub_Assets" '
        'parents:multi_entity<Asset.assets"Parent_Assets" shots:multi_entity<Shot.assets sequences:multi_entity<Sequence.assets '
        'scenes:multi_entity<Scene.assets episodes:multi_entity<Episode.assets elements:multi_entity<Element.assets '
        'sg_asset_library:entity>AssetLibrary shoot_days:multi_entity<ShootDay.assets mocap_takes:multi_entity<MocapTake.assets'),
    "AssetLibrary": ("Asset Library", "code", True, f'code:text!"Asset_Library_Name" {_THING} '
        'sg_status_list:status_list|wtg,ip,cmpt=wtg"Status"'),
    "Element": ("Element", "code", True, f'code:text!"Element_Name" {_WORK} sg_status_list:status_list|na,ip,fin=na"Status" '
        f'sg_element_type:list"Type" assets:multi_entity>Asset shots:multi_entity<Shot.elements {_CUT}'),
    # --- the work ---
    "Task": ("Task", "content", True, f'content:text!"Task_Name" {_PICTURES} {_TAGS} {_CC} {_NOTES} sg_description:text '
        'sg_status_list:status_list|wtg,rdy,ip,rev,fin,hld,omt,na=wtg"Status" entity:entity>@work"Link" step:entity>Step"Pipeline_Step" '
        'task_assignees:multi_entity>@people"Assigned_To" task_reviewers:multi_entity>@people"Reviewer" start_date:date due_date:date '
        'duration:duration est_in_mins:duration"Bid" color:color"Gantt_Bar_Color" milestone:checkbox=False pinned:checkbox=False '
        'upstream_tasks:multi_entity>Task"Upstream_Dependency" downstream_tasks:multi_entity<Task.upstream_tasks"Downstream_Dependency" '
        'template_task:entity>Task sg_sort_order:number splits:serializable dependency_violation:checkbox~=False '
        'implicit:checkbox=False time_logs_sum:duration~"Time_Logged" time_percent_of_est:percent~"Time_Logged_-_%_of_Bid" '
        'time_vs_est:duration~"Time_Logged_-_Over/Under_Bid" task_template:entity>TaskTemplate workload:number '
        'sg_versions:multi_entity<Version.sg_task'),
    "TaskTemplate": ("Task Template", "code", False, f'code:text!"Task_Template_Name" {_NOTES} description:text '
        'entity_type:entity_type'),
    "Step": ("Pipeline Step", "code", False, 'code:text!"Pipeline_Step" short_name:text"Short_Code" entity_type:entity_type '
        'color:color list_order:number"Order" description:text department:entity>Department'),
    "Phase": ("Phase", "code", True, f'code:text!"Phase_Name" {_NOTES} description:text start_date:date end_date:date '
        'milestone:checkbox=False color:color'),
    "TimeLog": ("Time Log", "description", True, 'description:text date:date duration:duration=0 entity:entity>Task,Ticket"Link" '
        'user:entity>HumanUser"Person"'),
    "Booking": ("Booking", "note", True, f'note:text {_NOTES} user:entity>HumanUser,Group"Assigned_To" start_date:date end_date:date '
        'vacation:checkbox=False percent_allocation:percent'),
    "Ticket": ("Ticket", "title", True, f'title:text! {_PICTURES} {_TAGS} {_CC} {_NOTES} description:text '
        'sg_status_list:status_list|opn,ip,rev,res,clsd=opn"Status" sg_priority:list|1,2,3,4,5"Priority" '
        'sg_ticket_type:list|Bug,Feature,Request"Type" addressings_to:multi_entity>@people"Assigned_To" due_date:date '
        'sg_estimate:duration sg_steps_to_reproduce:text sg_browser:text time_logs_sum:duration~"Time_Logged" '
        'revisions:multi_entity<Revision.tickets related_tickets:multi_entity>Ticket releases:multi_entity>Release '
        'attachments:multi_entity>Attachment'),
    "Release": ("Release", "code", True, f'code:text!"Release_Name" {_THING} {_PLAIN} sg_due_date:date '
        'tickets:multi_entity<Ticket.releases'),
    "Revision": ("Revision", "code", True, f'code:text!"Revision_Name" {_PICTURES} {_TAGS} description:text '
        'tickets:multi_entity>Ticket attachment:url user:entity>@users'),
    # --- media and review ---
    "Version": ("Version", "code", True, f'code:text!"Version_Name" {_PICTURES} {_TAGS} {_CC} {_NOTES} description:text '
        'sg_status_list:status_list|na,rev,vwd,apr=rev"Status" entity:entity>@work"Link" sg_task:entity>Task '
        'user:entity>HumanUser,ApiUser,Group"Artist" playlists:multi_entity<Playlist.versions '
        'published_files:multi_entity<PublishedFile.version cuts:multi_entity<Cut.version frame_count:number frame_range:text '
        'sg_first_frame:number sg_last_frame:number sg_path_to_frames:text"Path_to_Frames" sg_path_to_movie:text"Path_to_Movie" '
        'sg_path_to_geometry:text"Path_to_Geometry" sg_uploaded_movie:url sg_uploaded_movie_mp4:url"Uploaded_Movie_MP4" '
        'sg_uploaded_movie_webm:url"Uploaded_Movie_WebM" sg_uploaded_movie_image:url sg_uploaded_movie_frame_rate:float '
        'sg_uploaded_movie_transcoding_status:number sg_frames_aspect_ratio:float sg_frames_have_slate:checkbox=False '
        'sg_movie_aspect_ratio:float sg_movie_has_slate:checkbox=False sg_version_type:list"Type" sg_department:text '
        'flagged:checkbox=False client_approved:checkbox=False client_approved_at:date_time client_approved_by:entity>HumanUser,ClientUser '
        'client_code:text"Client_Version_Name" deliveries:multi_entity<Delivery.sg_versions media_center_import_time:date_time '
        'otio_playable:url viewed_by_current_user:list|read,unread"Viewed/Unviewed" '
        'viewed_by_current_user_at:date_time~"Date_Viewed"'),
    "PublishedFile": ("Published File", "code", True, f'code:text!"Published_File_Name" image:image {_TAGS} {_CC} {_NOTES} '
        f'description:text {_DELIVERED} name:text path:url path_cache:text path_cache_storage:entity>LocalStorage version_number:number '
        'published_file_type:entity>PublishedFileType task:entity>Task version:entity>Version entity:entity>@work"Link" '
        'upstream_published_files:multi_entity>PublishedFile downstream_published_files:multi_entity<PublishedFile.upstream_published_files'),
    "PublishedFileType": ("Published File Type", "code", False, f'code:text!"Published_File_Type_Name" image:image {_TAGS} '
        f'description:text short_name:text {_DELIVERED}'),
    "Playlist": ("Playlist", "code", True, f'code:text!"Playlist_Name" {_THING} sg_status:status_list|opn,ip,clsd=opn '
        'versions:multi_entity>Version sg_date_and_time:date_time"Date_and_Time" locked:checkbox=False locked_by:entity>HumanUser '
        'current_user_favorite:checkbox"Favorite" access_key:text~ sg_type:list'),
    "PlaylistVersionConnection": ("Playlist Version Connection", "id", False, 'playlist:entity>Playlist version:entity>Version '
        'sg_sort_order:number"Order" version_review_message:text'),
    "TaskDependency": ("Task Dependency", "id", False, 'task:entity>Task dependent_task:entity>Task '
        'dependency_type:text=finish-to-start-next-day offset_days:number shift_ratio:float'),
    "AssetShotConnection": ("Asset Shot Connection", "id", False, 'asset:entity>Asset shot:entity>Shot'),
    "Note": ("Note", "subject", True, f'subject:text! content:text"Body" {_TAGS} {_CC} note_links:multi_entity>@noted"Links" '
        'tasks:multi_entity>Task addressings_to:multi_entity>@people"To" user:entity>HumanUser,ApiUser,ClientUser"Author" '
        'replies:multi_entity<Reply.entity attachments:multi_entity>Attachment sg_note_type:list|Internal,Client"Type" '
        'sg_status_list:status_list|opn,ip,clsd=opn"Status" playlist:entity>Playlist reply_content:text~ '
        'read_by_current_user:list|read,unread"Read/Unread" client_note:checkbox~=False client_approved:checkbox~=False '
        'publish_status:list|draft,published suppress_email_notif:checkbox=False'),
    "Reply": ("Reply", "content", True, 'content:text!"Reply_Text" entity:entity>Note,Reply,Task,Attachment,@noted"Link" user:entity>@users '
        'publish_status:list|draft,published'),
    "Attachment": ("File", "display_name", True, f'display_name:text"File_Display_Name" {_PICTURES} {_TAGS} description:text '
        'this_file:url!~"File" filename:text~"File_Name" original_fname:text~ file_size:number~ file_extension:text~"File_Type" '
        'attachment_links:multi_entity>@noted"Links" local_storage:entity~>LocalStorage"Local_File_Storage" '
        'processing_status:text~ sg_status_list:status_list|na,fin=na"Status" sg_type:text'),
    # --- editorial ---
    "Cut": ("Cut", "code", True, f'code:text!"Cut_Name" {_THING} sg_status_list:status_list|na,ip,fin=na"Status" '
        'entity:entity>@folders,Project"Link" cut_items:multi_entity<CutItem.cut revision_number:number fps:float duration:number '
        'timecode_start_text:text timecode_end_text:text sg_cut_type:list"Type" version:entity>Version attachments:multi_entity>Attachment'),
    "CutItem": ("Cut Item", "code", True, f'code:text!"Cut_Item_Name" {_THING} sg_status_list:status_list|na,ip,fin=na"Status" '
        'cut:entity>Cut shot:entity>Shot version:entity>Version cut_order:number cut_item_in:number cut_item_out:number '
        'cut_item_duration:number edit_in:number edit_out:number timecode_cut_item_in_text:text timecode_cut_item_out_text:text '
        'timecode_edit_in_text:text timecode_edit_out_text:text'),
    "Delivery": ("Delivery", "title", True, f'title:text! {_PICTURES} {_TAGS} {_CC} {_NOTES} description:text {_PLAIN} '
        'delivery_number:number~ sg_delivery_type:list|Incoming,Outgoing"Type" sg_delivery_method:list|Aspera,Drive,FTP,Upload"Method" '
        'sg_due_date:date addressings_to:multi_entity>@people"To" addressings_from:multi_entity>@people"From" '
        'attachments:multi_entity>Attachment sg_versions:multi_entity>Version sg_contents:text'),
    # --- people and rights ---
    "HumanUser": ("Person", "name", False, f'name:text! {_PICTURES} {_TAGS} login:text email:text firstname:text"First_Name" '
        'lastname:text"Last_Name" sg_status_list:status_list|act,dis=act"Status" department:entity>Department '
        'groups:multi_entity<Group.users projects:multi_entity<Project.users permission_rule_set:entity>PermissionRuleSet"Permission_Group" '
        'password_proxy:password"Password" password_strength:float password_change_next_login:checkbox=False locked_until:date_time '
        'file_access:checkbox=True email_notes:checkbox=False"Subscribe_to_My_Notes_Emails" '
        'email_tasks:checkbox=False"Subscribe_to_My_Task_Emails" email_versions:checkbox=False"Subscribe_to_My_Version_Emails" '
        'email_tickets:checkbox=False"Subscribe_to_My_Tickets_Emails" email_deliveries:checkbox=False"Subscribe_to_My_Deliveries_Emails" '
        'email_all_notes:checkbox=False"Subscribe_to_All_Note_Emails" email_all_tasks:checkbox=False"Subscribe_to_All_Task_Emails" '
        'email_all_versions:checkbox=False"Subscribe_to_All_Version_Emails" '
        'email_all_tickets:checkbox=False"Subscribe_to_All_Ticket_Emails" '
        'email_all_deliveries:checkbox=False"Subscribe_to_All_Delivery_Emails" email_inbox_general:checkbox=False '
        'email_inbox_notes:checkbox=False email_version_link_cc:checkbox=False home_page:list|home,inbox,my_tasks '
        'enable_tank_integration:checkbox=True can_impersonate_this_user:checkbox=True sg_timezone:text bookings:multi_entity<Booking.user '
        'pipeline_configurations:multi_entity<PipelineConfiguration.users is_service_account:checkbox~=False'),
    "ApiUser": ("Script", "firstname", False, f'firstname:text!"Script_Name" lastname:text"Version" {_PICTURES} email:text"Maintainer" '
        'description:text sg_status_list:status_list|act,dis=act"Status" salted_password:password"Application_Key" '
        'permission_rule_set:entity>PermissionRuleSet"Permission_Group" generate_event_log_entries:checkbox=True"Generate_Events" '
        'projects:multi_entity<Project.users groups:multi_entity<Group.users'),
    "Group": ("Group", "code", False, f'code:text!"Group_Name" {_TAGS} {_NOTES} users:multi_entity>HumanUser,ApiUser'),
    "Department": ("Department", "name", False, f'name:text!"Department_Name" code:text"Department_Short_Name" image:image {_TAGS} {_NOTES} '
        'users:multi_entity<HumanUser.department"People" department_type:list|artist,management color:color list_order:number"Order" '
        'sg_status_list:status_list|act,dis=act"Status"'),
    "PermissionRuleSet": ("Permission Rule Set", "display_name", False, 'display_name:text code:text entity_type:entity_type '
        'parent_set:entity>PermissionRuleSet"Parent_Permission_Role"'),
    # --- the site itself ---
    "Status": ("Status", "name", False, 'name:text!"Status_Name" code:text"Short_Code" icon:entity>Icon bg_color:color"Background_Color" '
        'system:checkbox~=False"Locked_by_System"'),
    "Icon": ("Icon", "name", False, 'name:text"Status_Name" display_type:list|html,image,image_map '
        'icon_type:list|permanent_status,custom_status image_map_key:text html:text"Icon_HTML" url:text"Icon_URL" image_data:text uuid:uuid~'),
    "Tag": ("Tag", "name", False, 'name:text! usage:number~'),
    "LocalStorage": ("Local Storage", "code", False, f'code:text!"Local_Storage_Name" {_PATHS} description:text uuid:uuid~"UUID"'),
    "FilesystemLocation": ("Filesystem Location", "code", True, 'code:text!"FilesystemLocation_Name" path:url configuration_metadata:text '
        'entity:entity>@work,Task"Link" is_primary:checkbox=False"Primary" linked_entity_id:number linked_entity_type:text '
        'pipeline_configuration:entity>PipelineConfiguration'),
    "PipelineConfiguration": ("Pipeline Configuration", "code", True, f'code:text!"Config_Name" image:image {_TAGS} {_PATHS} description:text '
        'users:multi_entity>HumanUser"User_Restrictions" descriptor:text plugin_ids:text windows_tk_core_path:text uploaded_config:url '
        'sg_plugin_ids:text sg_descriptor:text sg_status_list:status_list|act,dis=act"Status"'),
    "Software": ("Software", "code", False, f'code:text!"Software_Name" image:image {_TAGS} description:text engine:text products:text '
        'versions:text"Versions" version_names:text linux_path:text mac_path:text windows_path:text linux_args:text mac_args:text '
        'windows_args:text group_name:text group_default:checkbox=False sort_order:number user_restrictions:multi_entity>HumanUser,Group '
        'projects:multi_entity>Project sg_status_list:status_list|act,dis=act"Status"'),
    "ActionMenuItem": ("Action Menu Item", "title", False, 'title:text! url:text"URL" entity_type:entity_type folder:text '
        'list_order:number"Order" selection_required:checkbox=False poll_for_data_updates:checkbox=False light_payload:checkbox=False '
        'permissions_groups:multi_entity>PermissionRuleSet"Restrict_to_Permission_Groups" projects:multi_entity>Project"Restrict_to_Projects"'),
    "Page": ("Page", "name", False, f'name:text! project:entity>Project {_TAGS} description:text page_type:text~ entity_type:entity_type folder:text '
        'shared:checkbox=False admin:checkbox~=False"Admin_Only" current_user_favorite:checkbox"Favorite" current_user_can_see:checkbox~ '
        'last_accessed:date_time last_accessed_by_current_user:date_time~"Last_Accessed_by_Me" '
        'accesses_by_current_user:number~"Times_Accessed" hits_last_month:number~"Page_Hits_Last_Month" default_type:text~ '
        'ui_category:text"UI_Category"'),
    "PageHit": ("Page Hit", "id", False, "page:entity>Page user:entity>HumanUser"),
    "Banner": ("Banner", "code", False, "code:text! description:text users:multi_entity>HumanUser start_date:date end_date:date"),
    "AppWelcome": ("App Welcome", "code", False, "code:text! description:text users:multi_entity>HumanUser"),
    "EventLogEntry": ("Event Log Entry", "event_type", True, 'event_type:text~ attribute_name:text~ meta:serializable~"Meta_Data" '
        'entity:entity~>"Link" user:entity~>@users"Who" session_uuid:uuid~"Session_UUID" description:text~'),
    # --- on the set ---
    "Launch": ("Launch", "code", True, f'code:text!"Launch_Name" {_THING} {_PLAIN} shots:multi_entity>Shot scenes:multi_entity>Scene'),
    "ShootDay": ("Shoot Day", "code", True, f'code:text!"Shoot_Day_Name" {_THING} {_PLAIN} date:date scenes:multi_entity>Scene '
        'assets:multi_entity>Asset performers:multi_entity>Performer'),
    "Slate": ("Slate", "code", True, f'code:text!"Slate_Name" {_THING} {_PLAIN} shoot_day:entity>ShootDay shot:entity>Shot camera:entity>Camera'),
    "Camera": ("Camera", "code", True, f'code:text!"Camera_Name" {_THING} {_PLAIN} mocap_takes:multi_entity>MocapTake'),
    "MocapSetup": ("Mocap Setup", "code", True, f'code:text!"Mocap_Setup_Name" {_THING} {_PLAIN}'),
    "MocapPass": ("Mocap Pass", "code", True, f'code:text!"Mocap_Pass_Name" {_THING} {_PLAIN} mocap_setup:entity>MocapSetup'),
    "MocapTake": ("Mocap Take", "code", True, f'code:text!"Mocap_Take_Name" {_THING} {_PLAIN} assets:multi_entity>Asset '
        'performers:multi_entity>Performer physical_assets:multi_entity>PhysicalAsset mocap_take_ranges:multi_entity<MocapTakeRange.mocap_take '
        'mocap_setup:entity>MocapSetup'),
    "MocapTakeRange": ("Mocap Take Range", "code", True, f'code:text!"Mocap_Take_Range_Name" {_THING} {_PLAIN} mocap_take:entity>MocapTake '
        'shots:multi_entity>Shot frame_in:number frame_out:number'),
    "Performer": ("Performer", "code", True, f'code:text!"Performer_Name" {_THING} {_PLAIN} routines:multi_entity>Routine'),
    "PhysicalAsset": ("Physical Asset", "code", True, f'code:text!"Physical_Asset_Name" {_THING} {_PLAIN}'),
    "Routine": ("Routine", "code", True, f'code:text!"Routine_Name" {_THING} {_PLAIN}'),
    "Blendshape": ("Blendshape", "code", True, f'code:text!"Blendshape_Name" {_THING} {_PLAIN} assets:multi_entity>Asset'),
}  # fmt: skip
"""ShotGrid's entity type → what it is. Custom entities are ``custom_type``."""


def custom_type(native: str) -> tuple[str, str, bool, str]:
    """What a custom entity is before a site gives it fields of its own."""
    label = native.replace("CustomNonProjectEntity", "Custom Non Project Entity").replace(
        "CustomEntity", "Custom Entity"
    )
    in_project = native.startswith("CustomEntity")
    more = f"{_TASKS} {_MEDIA}" if in_project else ""
    return label, "code", in_project, f'code:text!"{label.replace(" ", "_")}_Name" {_THING} {_PLAIN} {more}'
